#pragma once
#include <calluna/sim/ari_front.hpp>

#include <charconv>
#include <optional>

namespace calluna::sim {

/// What a request gave: by the names of the operation's parameters, wherever each travelled.
struct ari_front::arguments {
  std::map<std::string, std::string> text;
  nlohmann::json body;
  ari::operation const* what = nullptr;
  std::string application;  ///< that asked over its WebSocket, or empty

  bool has(std::string const& name) const { return text.count(name) != 0; }
  std::string get(std::string const& name) const {
    auto const at = text.find(name);
    return at == text.end() ? std::string() : at->second;
  }
  long number(std::string const& name, long otherwise) const {
    auto const value = get(name);
    long n = otherwise;
    std::from_chars(value.data(), value.data() + value.size(), n);
    return n;
  }
  std::vector<std::string> list(std::string const& name) const {
    auto const value = get(name);
    return value.empty() ? std::vector<std::string>{} : split_arguments(value);
  }
  std::vector<std::pair<std::string, std::string>> variables() const {
    std::vector<std::pair<std::string, std::string>> all;
    if (!body.is_object() || !body.contains("variables")) return all;
    for (auto const& [name, value] : body["variables"].items())
      all.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    return all;
  }
};

inline ari_answer ok(nlohmann::ordered_json const& body) {
  using handler = nlohmann::ordered_json::error_handler_t;
  return {200, "OK", body.dump(-1, ' ', false, handler::replace)};
}
inline ari_answer refuse(int status, std::string const& reason, std::string const& message) {
  return {status, reason, nlohmann::ordered_json{{"message", message}}.dump()};
}
inline ari_answer no_channel() {
  return refuse(404, "Not Found", "Channel not found");
}
inline ari_answer no_bridge() {
  return refuse(404, "Not Found", "Bridge not found");
}
inline ari_answer not_in_stasis() {
  return refuse(409, "Conflict", "Channel not in Stasis application");
}
/// `"Ann" <101>`, `Ann <101>` or `101`.
inline party read_callerid(std::string const& text) {
  auto const open = text.find('<');
  if (open == std::string::npos) return {text, {}};
  auto name = text.substr(0, open);
  while (!name.empty() && (name.back() == ' ' || name.back() == '"')) name.pop_back();
  while (!name.empty() && (name.front() == ' ' || name.front() == '"')) name.erase(0, 1);
  auto const close = text.find('>', open);
  return {text.substr(open + 1, close == std::string::npos ? close : close - open - 1), name};
}

}  // namespace calluna::sim
