#pragma once
#include "process.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace calluna::integration {

/// One of the lab's servers (tests/integration/lab). All tests of a program share one per version.
class asterisk {
 public:
  /// Started when first asked for. Throws std::runtime_error with what the lab said, each time, if
  /// that failed.
  static asterisk& of(int version);
  /// Ends all and removes their folders.
  static void end_all();

  /// From the lab's `env`, without the LAB_: "AMI_PORT".
  std::string const& setting(std::string const& key) const;
  std::uint16_t port(std::string const& key) const;
  std::filesystem::path const& folder() const noexcept { return folder_; }
  int version() const noexcept { return version_; }

  /// kill -9; returns when it is gone.
  void kill();
  /// The same configuration, ports and secrets again; does not wait for it.
  void start_again();
  /// Throws if it does not come up.
  void wait_booted();
  /// One command on its console.
  std::string cli(std::string const& command) const;

  asterisk(int version, std::filesystem::path folder);
  ~asterisk();

 private:
  void read_env();

  int version_;
  std::filesystem::path folder_;
  std::map<std::string, std::string> env_;
  std::unique_ptr<process> program_;
};

/// The lab's script of that name.
std::string lab_script(std::string const& name);

}  // namespace calluna::integration
