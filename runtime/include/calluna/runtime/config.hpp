#pragma once
#include <calluna/agi/server.hpp>
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/directory/user.hpp>
#include <calluna/erp/client.hpp>
#include <calluna/log.hpp>
#include <calluna/runtime/web/options.hpp>

#include <tl/expected.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::runtime {

/// One `[pbx.<name>]`: at least one of the two protocols is set. The secrets are read already, from
/// where the file says, and are in the options: never print these.
struct pbx_config {
  std::string name;
  /// ISO 3166 region of numbers without a country code ("DE"); empty if not given.
  std::string region;
  /// Another region for calls on some endpoints ("PJSIP/trunk-us", "PJSIP/us-*"), in the order of
  /// the file.
  std::vector<std::pair<std::string, std::string>> trunk_regions;
  /// Endpoints that lead to the world outside ("PJSIP/trunk-us", "PJSIP/us-*"); those of
  /// `trunk_regions` do anyway.
  std::vector<std::string> trunks;
  std::optional<ami::client_options> ami;
  std::optional<ari::client_options> ari;
};

/// Where the calls of a failed app go on in the dialplan.
struct dialplan_target {
  std::string context;
  std::string extension;
  int priority = 1;
};

/// What an app may do only if its manifest grants it.
inline constexpr std::array<std::string_view, 6> known_grants{
    "debug", "ffi", "io.popen", "loadlib", "originate_application", "os.execute"};

/// One `[app.<name>]`.
struct app_config {
  std::string name;
  /// Absolute; a directory holding init.lua, or a .lua file. Symbolic links in it are left alone,
  /// since switching one is a way of deploying.
  std::filesystem::path path;
  /// The PBXs it sees; empty: all.
  std::vector<std::string> pbx;
  /// Out of `known_grants`, sorted.
  std::vector<std::string> grants;
  /// Cap of the Lua state.
  std::size_t memory_bytes = std::size_t{64} << 20;
  /// From here on a full collection is run; three quarters of the cap if not given.
  std::size_t soft_memory_bytes = std::size_t{48} << 20;
  /// How long one resume of one task may run.
  std::chrono::milliseconds budget{200};
  /// How long a replaced generation may keep its calls.
  std::chrono::seconds drain{3600};
  /// The app's own settings as JSON text, an object.
  std::string config_json = "{}";
  std::optional<dialplan_target> fallback;

  /// The file with the app's top level: `path` itself, or its init.lua.
  std::filesystem::path main_file() const;
};

/// `[directory]`: who is calling.
struct directory_config {
  /// Where partners come from: "csv", "odoo", or the absolute path of an adapter in Lua.
  std::string adapter = "csv";
  /// For "csv": absolute; a .csv or .json file.
  std::filesystem::path file;
  /// For "odoo": which of `config::erps`.
  std::string erp;
  /// Where it is kept, so that a restart serves at once. Absolute.
  std::filesystem::path database;
  /// How partners' numbers without a country code are read; empty: as the PBXs say, if they agree.
  std::string region;
  /// How often the source is asked for what has changed, and how often for everything.
  std::chrono::seconds refresh{60};
  std::chrono::seconds full{24 * 3600};
  /// Older than this, `status` calls it stale.
  std::chrono::seconds stale{3600};
  /// The adapter's own settings as JSON text, an object.
  std::string config_json = "{}";
};

/// `[runtime]`.
struct runtime_config {
  /// Absolute.
  std::filesystem::path control_socket;
  /// Where what outlives a restart is kept. Absolute; made when something is kept there.
  std::filesystem::path state_folder;
  calluna::log_level log_level = calluna::log_level::info;
  bool watch = true;
  /// How long a changed file must be quiet before it is loaded.
  std::chrono::milliseconds debounce{30};
  /// How long a clean stop waits for live calls.
  std::chrono::seconds stop{30};
};

struct config {
  /// The file it came from, as it was named.
  std::filesystem::path file;
  std::vector<pbx_config> pbx;
  std::vector<app_config> apps;
  /// `[odoo.<name>]`, with their keys: never print these.
  std::vector<erp::client_options> erps;
  /// Where their keys are, by name; absolute. Not those from the environment.
  std::map<std::string, std::filesystem::path> erp_key_files;
  std::optional<directory_config> directory;
  /// `[agi]`: where FastAGI is served; nothing: nowhere.
  std::optional<agi::server_options> agi;
  /// `[http]`; nothing: there is no server.
  std::optional<web::web_options> http;
  /// `[user.<name>]`, in the order of their names.
  std::vector<directory::user> users;
  runtime_config runtime;
  /// Allowed, but worth a line in the log: a connection without verification and the like.
  std::vector<std::string> warnings;
};

/// Everything that is wrong, a line each, in the order of the file:
/// "calluna.toml:12:5: pbx.main.ami: unknown key 'usr' (did you mean 'user'?)".
using config_problems = std::vector<std::string>;

/// Reads a configuration from `text`. `file` names it in messages and is what relative paths in it
/// start from. With `only_app` (a directory or .lua file) the apps of the file are replaced by that
/// one: named as the folder or file, with the settings of its section if there is one. Reads
/// secrets and looks whether apps exist, but opens no connection.
tl::expected<config, config_problems> parse_config(
    std::string_view text, std::filesystem::path const& file,
    std::optional<std::filesystem::path> const& only_app = {});

/// `parse_config` for the contents of `file`, which may have 1 MiB.
tl::expected<config, config_problems> load_config(
    std::filesystem::path const& file, std::optional<std::filesystem::path> const& only_app = {});

/// Where state is kept by default: $STATE_DIRECTORY (systemd), else $XDG_STATE_HOME/calluna, else
/// ~/.local/state/calluna, else /var/lib/calluna.
std::filesystem::path default_state_folder();

/// The control socket named in `text`, which stands in `file`; nothing if it names none. For
/// programs that only want to talk to a runtime: no secret is read, mistakes elsewhere do not
/// matter.
std::optional<std::filesystem::path> control_socket_in(std::string_view text,
                                                       std::filesystem::path const& file);
/// The same for the state folder.
std::optional<std::filesystem::path> state_folder_in(std::string_view text,
                                                     std::filesystem::path const& file);
/// The same for the contents of `file`; nothing if it cannot be read.
std::optional<std::filesystem::path> state_folder_of(std::filesystem::path const& file);
std::optional<std::filesystem::path> control_socket_of(std::filesystem::path const& file);

/// Where control sockets are by default, the most wanted first: $XDG_RUNTIME_DIR/calluna.sock,
/// /run/calluna/calluna.sock if that folder exists, otherwise calluna-<uid>/calluna.sock in the
/// folder for temporary files. A server takes the first, a client tries all.
std::vector<std::filesystem::path> default_control_sockets();

}  // namespace calluna::runtime
