#pragma once
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace calluna::runtime {

/// What was asked for.
struct cli_arguments {
  std::string target;
  std::string config_file;
  std::string log_level;
  bool no_watch = false;
  std::string socket;
  int timeout_seconds = 10;
  bool as_json = false;
  std::string app;
  bool once = false;
  std::string call;
  std::string odoo;
  std::string token;
  std::string user;
  std::string expires;
  std::vector<std::string> paths;
  std::string scenario;
  std::string from = "hello";
  std::string recording;
  bool scrub = false;
  double seconds = 0;
  std::string pbx;
  bool at_pace = false;
  bool write = false;
};

/// An environment variable; nothing if it is not there or empty.
inline std::optional<std::string> environment(char const* name) {
  char const* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') return {};
  return text;
}

}  // namespace calluna::runtime
