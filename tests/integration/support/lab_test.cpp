#include "lab_test.hpp"

#include <cstdlib>
#include <iostream>

namespace calluna::integration {
namespace {

class cleaner : public testing::Environment {
 public:
  void TearDown() override { asterisk::end_all(); }
};

auto const* const registered = testing::AddGlobalTestEnvironment(new cleaner);

std::string listed(std::vector<std::string> const& names) {
  std::string text;
  for (auto const& name : names) text += " " + name;
  return text;
}

}  // namespace

std::filesystem::path test_app(std::string const& name) {
  return std::filesystem::path{CALLUNA_LAB_DIR}.parent_path() / "apps" / name;
}

void lab_test::SetUp() {
  // Asterisk 22 comes from a moving distribution: whoever runs the tests may decide to go on
  // without, and says so.
  auto const without =
      std::getenv(("CALLUNA_WITHOUT_" + std::to_string(GetParam())).c_str()) != nullptr;
  if (without) GTEST_SKIP() << "without Asterisk " << GetParam() << ", as was asked for";
  ASSERT_NO_THROW(pbx_ = &asterisk::of(GetParam()));
  folder_ = std::make_unique<scratch>("test");
  ari_ = std::make_unique<ari_view>(*pbx_);
  ASSERT_TRUE(nothing_left(2s)) << "from an earlier test";
}

void lab_test::TearDown() {
  if (pbx_ == nullptr || !ari_) return;
  EXPECT_TRUE(nothing_left());
  for (auto const& one : runtimes_) {
    if (!one->program().running()) continue;
    auto const code = one->stop(15s);
    EXPECT_EQ(code.value_or(-1), 0) << "the runtime's exit code; -1: it does not stop";
  }
  if (HasFailure()) {
    for (auto const& one : runtimes_)
      std::cerr << "--- " << one->log().path().string() << "\n" << one->log().text() << "---\n";
    folder_->keep();
    for (auto const& id : ari_->channels()) ari_->remove("/channels/" + id);
    for (auto const& id : ari_->our_bridges()) ari_->remove("/bridges/" + id);
  }
  parties_.clear();
  runtimes_.clear();
}

ami_view& lab_test::ami() {
  if (!ami_) ami_ = std::make_unique<ami_view>(*pbx_);
  return *ami_;
}

runtime& lab_test::begin(runtime_settings const& settings) {
  runtimes_.push_back(std::make_unique<runtime>(*pbx_, *folder_, settings));
  return *runtimes_.back();
}

runtime& lab_test::begin_again(runtime const& ended) {
  runtimes_.push_back(std::make_unique<runtime>(ended));
  runtimes_.back()->wait_ready();
  return *runtimes_.back();
}

runtime& lab_test::run(runtime_settings const& settings) {
  auto& one = begin(settings);
  one.wait_ready();
  return one;
}

runtime& lab_test::run_app(std::string const& name, std::string const& more) {
  return run({.apps = {{name, test_app(name), more}}});
}

party& lab_test::call(std::string const& extension, std::vector<std::string> const& options) {
  parties_.push_back(party::caller(*pbx_, *folder_, extension, options));
  return *parties_.back();
}

party& lab_test::phone(std::string const& number, std::vector<std::string> const& behaviour) {
  parties_.push_back(party::phone(*pbx_, *folder_, number, behaviour));
  return *parties_.back();
}

testing::AssertionResult lab_test::logged(std::string const& pattern,
                                          std::chrono::milliseconds bound, std::size_t times) {
  if (last_log().wait_for(pattern, bound, times)) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "only " << last_log().count(pattern) << " lines of the log match '" << pattern << "'";
}

testing::AssertionResult lab_test::nothing_left(std::chrono::milliseconds bound) {
  std::vector<std::string> channels, bridges;
  auto const empty = [&] {
    channels = ari_->channels();
    bridges = ari_->our_bridges();
    return channels.empty() && bridges.empty();
  };
  if (eventually(empty, bound, 25ms)) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "channels left:" << listed(channels) << "; bridges left:" << listed(bridges);
}

}  // namespace calluna::integration
