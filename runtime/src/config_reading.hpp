#pragma once
// What the sections of a configuration are read with. Private to config*.cpp.
#include "config_table.hpp"

#include <calluna/runtime/config.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace calluna::runtime {

/// What every section needs to know about the file as a whole.
struct reading {
  /// What relative paths start from.
  std::filesystem::path folder;
  problem_list& problems;
  std::vector<std::string>& warnings;
};

std::filesystem::path absolute(std::filesystem::path const& folder,
                               std::filesystem::path const& path);

bool is_name(std::string_view text);
inline constexpr std::string_view name_rule = "names are made of a-z, 0-9, '_' and '-', 64 at most";

/// The tables under `[<room>.<name>]`, after a look at their names.
std::vector<std::pair<std::string, toml::table const*>> named_tables(section& root,
                                                                     std::string const& room,
                                                                     problem_list& problems);

/// `tls = true` or `tls = { ... }` of `parent`.
std::optional<io::tls_options> read_tls(section& parent, reading& in);

/// Reads `<word>_env` or `<word>_file`; exactly one of them, and never the secret itself.
std::string read_secret(section& s, std::string const& word, std::string const& user, reading& in);

/// Whether `region` is two capital letters; a problem at `key` if not.
bool check_region(section& s, std::string_view key, std::string_view region);

/// `node` as JSON. What JSON cannot say is reported; dates become text.
nlohmann::json to_json(toml::node const& node, section& s, int depth = 0);

pbx_config read_pbx(std::string const& name, toml::table const& table, reading& in);
erp::client_options read_odoo(std::string const& name, toml::table const& table, reading& in);
/// After everything else: it names PBXs and business systems.
directory_config read_directory(toml::table const& table, config const& all, reading& in);
agi::server_options read_agi(toml::table const& table, reading& in);
directory::user read_user(std::string const& name, toml::table const& table, config const& all,
                          reading& in);
web::web_options read_http(toml::table const& table, reading& in);
void read_apps(section& root, std::optional<std::filesystem::path> const& only_app, config& all,
               reading& in);

}  // namespace calluna::runtime
