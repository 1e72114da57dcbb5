#include "config_reading.hpp"

#include <calluna/runtime/secret.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

namespace calluna::runtime {

namespace fs = std::filesystem;

std::vector<std::pair<std::string, toml::table const*>> named_tables(section& root,
                                                                     std::string const& room,
                                                                     problem_list& problems) {
  std::vector<std::pair<std::string, toml::table const*>> found;
  auto const* table = root.table(room);
  if (table == nullptr) return found;
  for (auto&& [key, value] : *table) {
    auto const name = section::printable(key.str());
    if (!is_name(key.str()))
      problems.add(key.source(), room, fmt::format("'{}' is no name: {}", name, name_rule));
    else if (!value.is_table())
      problems.add(
          value.source(), room,
          fmt::format("'{0}' must be a section [{1}.{0}], not {2}", name, room, kind_name(value)));
    else
      found.emplace_back(name, value.as_table());
  }
  return found;
}

fs::path absolute(fs::path const& folder, fs::path const& path) {
  auto clean = (path.is_absolute() ? path : folder / path).lexically_normal();
  return clean.has_filename() || !clean.has_parent_path() ? clean : clean.parent_path();
}

bool is_name(std::string_view text) {
  auto const allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed);
}

std::optional<io::tls_options> read_tls(section& parent, reading& in) {
  auto const* node = parent.node("tls");
  if (node == nullptr) return {};
  if (node->is_boolean())
    return node->as_boolean()->get() ? std::optional<io::tls_options>{std::in_place} : std::nullopt;
  auto const* table = parent.table("tls");
  io::tls_options tls;
  if (table == nullptr) return tls;
  section s{*table, parent.name() + ".tls", {"ca_file", "server_name", "verify"}, in.problems};
  tls.verify = s.boolean("verify").value_or(true);
  tls.server_name = s.text("server_name").value_or("");
  if (auto file = s.text("ca_file")) {
    tls.ca_file = absolute(in.folder, *file).string();
    std::error_code ignored;
    if (!fs::is_regular_file(tls.ca_file, ignored))
      s.problem("ca_file", fmt::format("'ca_file': there is no file '{}'", tls.ca_file));
  }
  if (!tls.verify)
    in.warnings.push_back(s.name() +
                          ": verify = false: whoever is in between can read and change "
                          "everything, the password included");
  return tls;
}

std::string read_secret(section& s, std::string const& word, std::string const& user, reading& in) {
  auto const env = word + "_env", file = word + "_file";
  for (auto const& literal : {std::string{"secret"}, std::string{"password"}}) {
    if (!s.has(literal)) continue;
    s.problem(literal, fmt::format("'{}' is not read from here, because this file gets copied and "
                                   "committed: use {} = \"NAME\" or {} = \"path\"",
                                   literal, env, file));
    return {};
  }
  if (s.has(env) == s.has(file)) {
    s.problem(file, s.has(env) ? fmt::format("'{}' and '{}' exclude each other", env, file)
                               : fmt::format("'{}' or '{}' is missing", env, file));
    return {};
  }
  auto const& key = s.has(env) ? env : file;
  auto const source = s.text(key);
  if (!source) return {};
  auto read = s.has(env) ? secret_from_env(*source, user)
                         : secret_from_file(absolute(in.folder, *source), user);
  if (read) return std::string{read->reveal()};
  s.problem(key, fmt::format("'{}': {}", key, read.error().message));
  return {};
}

bool check_region(section& s, std::string_view key, std::string_view region) {
  auto const upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (region.size() == 2 && std::all_of(region.begin(), region.end(), upper)) return true;
  s.problem(key, fmt::format("'{}' must be a country's two capital letters, like \"DE\"", key));
  return false;
}

nlohmann::json to_json(toml::node const& node, section& s, int depth) {
  if (depth > 32) {
    s.problem_at(node.source(), "'config' is nested more than 32 levels deep");
    return {};
  }
  if (auto const* table = node.as_table()) {
    auto object = nlohmann::json::object();
    for (auto&& [key, value] : *table)
      object[std::string{key.str()}] = to_json(value, s, depth + 1);
    return object;
  }
  if (auto const* array = node.as_array()) {
    auto list = nlohmann::json::array();
    for (auto const& value : *array) list.push_back(to_json(value, s, depth + 1));
    return list;
  }
  if (auto const* text = node.as_string()) return text->get();
  if (auto const* number = node.as_integer()) return number->get();
  if (auto const* flag = node.as_boolean()) return flag->get();
  if (auto const* number = node.as_floating_point()) {
    if (!std::isfinite(number->get())) s.problem_at(node.source(), "'config' holds inf or nan");
    return number->get();
  }
  std::ostringstream text;
  if (auto const* date = node.as_date()) text << date->get();
  if (auto const* time = node.as_time()) text << time->get();
  if (auto const* moment = node.as_date_time()) text << moment->get();
  return text.str();
}

}  // namespace calluna::runtime
