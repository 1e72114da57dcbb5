// The example apps' own test files, which `calluna test` plays on the offline PBX, played on a real
// Asterisk with SIP phones: in real time, one case after the other.
#include "../support/asterisk.hpp"
#include "live_pbx.hpp"
#include "testing/test_script.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>

namespace calluna::integration {
namespace {

using namespace std::chrono_literals;
using runtime::testing::stuck_guard;
using runtime::testing::test_case;
using runtime::testing::test_file;

constexpr int version = 22;

/// Cases that are not played here, "app: case", and why.
std::map<std::string, std::string> const unplayable{
    {"vip_queue: who waits for too long goes to voicemail; a VIP later", "it waits ten minutes"},
    {"vip_queue: nobody is lost by a gap of the connections", "it waits an hour"},
    {"missed_call: a notice is over after a day", "it waits a day"},
};

std::filesystem::path const apps = std::filesystem::path(CALLUNA_SOURCE_DIR) / "examples/apps";

class example_case : public testing::Test {
 public:
  example_case(test_file of, std::size_t index, test_case which)
      : of_(std::move(of)), index_(index), which_(std::move(which)) {}

  void TestBody() override {
    if (std::getenv("CALLUNA_WITHOUT_22") != nullptr)
      GTEST_SKIP() << "without Asterisk 22, as was asked for";
    auto const why = unplayable.find(of_.name + ": " + which_.name);
    if (why != unplayable.end()) {
      std::cout << "not in real time: " << why->first << ": " << why->second << '\n';
      return;
    }
    stuck_guard guard(120s);
    auto once = which_;
    // A fault at each wait would be the case again and again.
    once.everywhere = runtime::testing::fault::none;
    auto const out = runtime::testing::play_case(
        of_, index_, once, 1, guard, [](runtime::testing::stage_parts const& parts) {
          return std::make_unique<live_pbx>(parts, asterisk::of(version));
        });
    std::string story;
    for (auto const& line : out.story) story += "    " + line + "\n";
    EXPECT_TRUE(out.passed) << out.message << "\n  what happened, in seconds:\n" << story;
  }

 private:
  test_file of_;
  std::size_t index_;
  test_case which_;
};

class cleaner : public testing::Environment {
 public:
  void TearDown() override { asterisk::end_all(); }
};

void register_cases() {
  stuck_guard guard(10s);
  for (auto const& folder : std::filesystem::directory_iterator(apps)) {
    test_file const of{folder.path() / "test.lua", folder.path(),
                       folder.path().filename().string()};
    if (!std::filesystem::exists(of.script)) continue;
    auto const cases = runtime::testing::list_cases(of, guard);
    if (!cases) throw std::runtime_error(cases.error().message);
    for (std::size_t i = 0; i < cases->size(); ++i)
      testing::RegisterTest(of.name.c_str(), (*cases)[i].name.c_str(), nullptr, nullptr,
                            of.script.c_str(), (*cases)[i].line, [=, one = (*cases)[i]] {
                              return static_cast<testing::Test*>(new example_case(of, i, one));
                            });
  }
}

}  // namespace
}  // namespace calluna::integration

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new calluna::integration::cleaner);
  calluna::integration::register_cases();
  return RUN_ALL_TESTS();
}
