#include "../../../runtime/src/new_app.hpp"

#include "temporary_folder.hpp"

#include <calluna/runtime/service.hpp>
#include <calluna/runtime/sim.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class new_app_test : public testing::Test {
 protected:
  std::string refused(fs::path const& to, std::string_view from = "hello") {
    auto const made = new_app(to, from);
    return made ? "" : made.error().message;
  }
  test::temporary_folder folder;
};

TEST_F(new_app_test, of_each_example_is_complete) {
  for (auto const& name : app_template_names()) {
    SCOPED_TRACE(name);
    auto const made = new_app(folder / name, name);
    ASSERT_TRUE(made) << made.error().message;
    auto const settings = load_config(folder / name / "calluna.toml");
    ASSERT_TRUE(settings) << settings.error().front();
    for (auto const& wrong : service::load_apps(*settings).mistakes) ADD_FAILURE() << wrong.line;
    auto const office = load_scenario(folder / name / "office.toml");
    EXPECT_TRUE(office) << office.error().front();
  }
  EXPECT_THAT(app_template_names(), Contains("vip_queue"));
}

TEST_F(new_app_test, is_called_as_its_folder) {
  ASSERT_TRUE(new_app(folder / "front_desk/", "hello"));
  auto const settings = load_config(folder / "front_desk/calluna.toml");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->apps.front().name, "front_desk");
}

TEST_F(new_app_test, overwrites_nothing) {
  folder.write("mine/init.lua", "-- precious");
  EXPECT_THAT(refused(folder / "mine"), HasSubstr("is there already, and not an empty folder"));
  EXPECT_THAT(refused(folder / "mine/init.lua"), HasSubstr("no name for an app"));
  EXPECT_THAT(refused(folder / "Mine"), HasSubstr("'Mine' is no name for an app"));
  EXPECT_FALSE(fs::exists(folder / "Mine"));
}

TEST_F(new_app_test, is_made_of_examples_only) {
  EXPECT_EQ(refused(folder / "app", "vip_queu"),
            "there is no template 'vip_queu' (did you mean 'vip_queue'?)");
}

}  // namespace
}  // namespace calluna::runtime
