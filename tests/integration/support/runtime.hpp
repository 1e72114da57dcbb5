#pragma once
#include "asterisk.hpp"
#include "scratch.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace calluna::integration {

/// One `[app.<name>]`; `more`: further lines of that section, and sections below it.
struct app_settings {
  std::string name;
  std::filesystem::path path;
  std::string more = {};
};

struct runtime_settings {
  std::vector<app_settings> apps;
  /// Further lines of the sections; a key of `ami` or `ari` replaces ours.
  std::string runtime = {};
  /// Further sections: "[directory]\n...".
  std::string sections = {};
  std::vector<std::pair<std::string, std::string>> ami = {}, ari = {};
  /// Instead of the lab's secrets.
  std::optional<std::string> ami_secret = {}, ari_password = {};
};

/// A running `calluna run`, with a configuration of its own.
class runtime {
 public:
  /// Started, not yet ready.
  runtime(asterisk const& pbx, scratch const& folder, runtime_settings const& settings);
  /// What has ended, again: with the same configuration and state, and a log of its own.
  explicit runtime(runtime const& ended);

  /// Every PBX logged in, every app served; throws with the log if that takes more than 15 s.
  void wait_ready() const;
  log_file const& log() const noexcept { return program_.output(); }
  process& program() noexcept { return program_; }

  /// What `calluna status --json` prints. Throws if it fails.
  nlohmann::json status() const;
  /// What `calluna calls --json` prints. Throws if it fails.
  nlohmann::json calls() const;
  /// The part of one app.
  nlohmann::json app_status(std::string const& name) const;
  /// What its HTTP server is reached by, "http://127.0.0.1:40001".
  std::string http() const;
  /// `calluna token add <name> --user <user>`: the token.
  std::string token(std::string const& name, std::string const& user) const;
  /// `calluna reload [app]`.
  outcome reload(std::string const& app = {}) const;
  /// `calluna doctor` with its configuration.
  outcome doctor() const;
  /// `calluna rotate-key <odoo>`.
  outcome rotate_key(std::string const& odoo) const;
  /// SIGTERM; the exit code, or nothing if it still runs after `bound`.
  std::optional<int> stop(std::chrono::milliseconds bound);

 private:
  std::filesystem::path folder_;
  std::filesystem::path config_;
  process program_;
};

}  // namespace calluna::integration
