#pragma once
#include "ami_view.hpp"
#include "ari_view.hpp"
#include "asterisk.hpp"
#include "eventually.hpp"
#include "party.hpp"
#include "runtime.hpp"
#include "scratch.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace calluna::integration {

/// A test against a real Asterisk, run with version 22 and 16. After each nothing may be left: no
/// channel, no bridge of ours, and the runtime ends with exit code 0 when told to.
class lab_test : public testing::TestWithParam<int> {
 protected:
  void SetUp() override;
  void TearDown() override;

  asterisk& pbx() { return *pbx_; }
  ami_view& ami();
  ari_view& ari() { return *ari_; }
  scratch const& folder() const noexcept { return *folder_; }

  /// A runtime that is ready.
  runtime& run(runtime_settings const& settings);
  /// The same, not waited for: for one that has something to complain of.
  runtime& begin(runtime_settings const& settings);
  /// A runtime that has ended, again.
  runtime& begin_again(runtime const& ended);
  /// One app of tests/integration/apps.
  runtime& run_app(std::string const& name, std::string const& more = {});
  party& call(std::string const& extension, std::vector<std::string> const& options = {});
  party& phone(std::string const& number, std::vector<std::string> const& behaviour);

  /// Of the runtime started last.
  log_file const& last_log() const { return runtimes_.back()->log(); }
  /// Waits for lines of it.
  testing::AssertionResult logged(std::string const& pattern, std::chrono::milliseconds bound = 10s,
                                  std::size_t times = 1);
  /// Waits until no channel and no bridge of ours is left.
  testing::AssertionResult nothing_left(std::chrono::milliseconds bound = 10s);

 private:
  asterisk* pbx_ = nullptr;
  std::unique_ptr<scratch> folder_;
  std::unique_ptr<ari_view> ari_;
  std::unique_ptr<ami_view> ami_;
  std::vector<std::unique_ptr<runtime>> runtimes_;
  std::vector<std::unique_ptr<party>> parties_;
};

/// The folder of tests/integration/apps/<name>.
std::filesystem::path test_app(std::string const& name);

inline std::string version_name(testing::TestParamInfo<int> const& info) {
  return "asterisk_" + std::to_string(info.param);
}

}  // namespace calluna::integration

#define CALLUNA_WITH_BOTH(suite) \
  INSTANTIATE_TEST_SUITE_P(lab, suite, testing::Values(22, 16), version_name)
