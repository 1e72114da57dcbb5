#include "environment.hpp"

#include "app_impl.hpp"
#include "embedded_scripts.hpp"
#include "events.hpp"
#include "modules/modules.hpp"

#include <calluna/bindings/error.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace calluna::bindings {
namespace {

constexpr char loaded_key[] = "calluna.loaded";
constexpr char native_key[] = "calluna.native";
constexpr char environment_key[] = "calluna.environment";
constexpr std::string_view library_prefix = "calluna.";

/// The built-in library, compiled once in the process: a module of it is then loaded fifteen times
/// faster than from its text, and each state loads dozens.
class compiled_library {
 public:
  static compiled_library& instance() {
    static compiled_library one;
    return one;
  }
  /// Null: not compiled yet. Stays where it is.
  std::string const* find(std::string_view name) {
    std::lock_guard const lock(mutex_);
    auto const at = modules_.find(name);
    return at == modules_.end() ? nullptr : &at->second;
  }
  void keep(std::string_view name, std::string code) {
    std::lock_guard const lock(mutex_);
    modules_.emplace(name, std::move(code));
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> modules_;
};

int append(lua_State*, void const* piece, std::size_t size, void* to) {
  static_cast<std::string*>(to)->append(static_cast<char const*>(piece), size);
  return 0;
}

// Pushes the chunk of the built-in module `name` and returns 0, or an error; raises if there is no
// such module.
int load_built_in(lua_State* lua, std::string const& name) {
  auto const chunk_name = fmt::format("=calluna.{}", name);
  if (auto const* code = compiled_library::instance().find(name))
    return luaL_loadbuffer(lua, code->data(), code->size(), chunk_name.c_str());
  auto const* source = find_embedded_script(name);
  if (source == nullptr) return luaL_error(lua, "module 'calluna.%s' does not exist", name.c_str());
  int const status = luaL_loadbuffer(lua, source->data(), source->size(), chunk_name.c_str());
  std::string code;
  if (status == 0 && lua_dump(lua, append, &code) == 0)
    compiled_library::instance().keep(name, std::move(code));
  return status;
}

// The same from the folder that replaces the built-in library, if it has that module.
std::optional<int> load_replaced(lua_State* lua, std::string const& name,
                                 std::string const& folder) {
  if (folder.empty()) return std::nullopt;
  auto const path = (std::filesystem::path(folder) / (name + ".lua")).string();
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  auto const source = std::move(text).str();
  return luaL_loadbuffer(lua, source.data(), source.size(), ("@" + path).c_str());
}

int load_chunk(lua_State* lua, std::string const& name, std::string const& folder) {
  auto const replaced = load_replaced(lua, name, folder);
  return replaced ? *replaced : load_built_in(lua, name);
}

// Pushes what the library module `name` returns; raises if there is none or it is broken.
void load_library(lua_State* lua, std::string const& name, std::string const& folder) {
  if (load_chunk(lua, name, folder) != 0) lua_error(lua);
  lua_getfield(lua, LUA_REGISTRYINDEX, native_key);
  lua_call(lua, 1, 1);
}

std::filesystem::path folder_of(app_options const& options) {
  std::error_code ignored;
  std::filesystem::path const path = options.path;
  return std::filesystem::is_directory(path, ignored) ? path : path.parent_path();
}

// Pushes the module made of an app's own file `name`, or raises.
void load_app_file(lua_State* lua, std::string const& name) {
  namespace fs = std::filesystem;
  auto& inside = app::of(lua).inside();
  std::error_code ignored;
  fs::path const root = folder_of(inside.options);
  std::string relative = name;
  for (auto& c : relative)
    if (c == '.') c = '/';
  for (auto const& candidate : {root / (relative + ".lua"), root / relative / "init.lua"}) {
    if (!fs::exists(candidate, ignored)) continue;
    inside.files.push_back(candidate.string());
    if (load_file_into_environment(lua, candidate.string()) != 0) lua_error(lua);
    lua_pushstring(lua, name.c_str());
    lua_call(lua, 1, 1);
    return;
  }
  luaL_error(lua, "module '%s' not found: neither %s.lua nor %s/init.lua is in %s", name.c_str(),
             relative.c_str(), relative.c_str(), root.c_str());
}

void load_module(lua_State* lua, std::string const& name) {
  auto& options = app::of(lua).inside().options;
  for (auto const& module : options.modules)
    if (module.name == name) {
      if (module.open(lua) == 0) lua_pushboolean(lua, 1);
      return;
    }
  if (name.rfind(library_prefix, 0) == 0)
    return load_library(lua, name.substr(library_prefix.size()), options.library_path);
  load_app_file(lua, name);
}

int require(lua_State* lua) {
  std::size_t size = 0;
  char const* const text = luaL_checklstring(lua, 1, &size);
  lua_settop(lua, 1);
  lua_getfield(lua, LUA_REGISTRYINDEX, loaded_key);
  lua_pushvalue(lua, 1);
  lua_rawget(lua, 2);
  if (lua_islightuserdata(lua, -1))
    return luaL_error(lua, "module '%s' requires itself, directly or through others", text);
  if (!lua_isnil(lua, -1)) return 1;
  lua_pop(lua, 1);
  static char loading;
  lua_pushvalue(lua, 1);
  lua_pushlightuserdata(lua, &loading);
  lua_rawset(lua, 2);
  {
    std::string const name(text, size);
    load_module(lua, name);
  }
  if (lua_isnil(lua, -1)) {
    lua_pop(lua, 1);
    lua_pushboolean(lua, 1);
  }
  lua_pushvalue(lua, 1);
  lua_pushvalue(lua, -2);
  lua_rawset(lua, 2);
  return 1;
}

int traceback(lua_State* lua) {
  if (!lua_isstring(lua, 1) && luaL_callmeta(lua, 1, "__tostring") != 0) lua_replace(lua, 1);
  if (!lua_isstring(lua, 1))
    return lua_pushfstring(lua, "a %s was raised as an error", luaL_typename(lua, 1)), 1;
  luaL_traceback(lua, lua, lua_tostring(lua, 1), 1);
  return 1;
}

// uses(path): a file of data the app depends on: a change reloads the app.
int uses(lua_State* lua) {
  app::of(lua).inside().files.emplace_back(luaL_checkstring(lua, 1));
  return 0;
}

void push_app(lua_State* lua, app_options const& options) {
  lua_createtable(lua, 0, 3);
  lua_pushstring(lua, options.name.c_str()), lua_setfield(lua, -2, "name");
  lua_pushstring(lua, folder_of(options).string().c_str()), lua_setfield(lua, -2, "folder");
  lua_pushcfunction(lua, uses), lua_setfield(lua, -2, "uses");
}

void push_native(lua_State* lua, app_options const& options) {
  lua_newtable(lua);
  open_log(lua), lua_setfield(lua, -2, "log");
  open_json(lua), lua_setfield(lua, -2, "json");
  open_timer(lua), lua_setfield(lua, -2, "timer");
  open_task(lua), lua_setfield(lua, -2, "task");
  open_ami(lua), lua_setfield(lua, -2, "ami");
  open_ari(lua), lua_setfield(lua, -2, "ari");
  open_calls(lua), lua_setfield(lua, -2, "calls");
  open_phone(lua), lua_setfield(lua, -2, "phone");
  open_partners(lua, options), lua_setfield(lua, -2, "partners");
  open_users(lua, options), lua_setfield(lua, -2, "users");
  open_erp(lua), lua_setfield(lua, -2, "erp");
  open_http(lua), lua_setfield(lua, -2, "http");
  open_http_client(lua), lua_setfield(lua, -2, "http_client");
  open_agi(lua), lua_setfield(lua, -2, "agi");
  open_push(lua), lua_setfield(lua, -2, "push");
  push_app(lua, options), lua_setfield(lua, -2, "app");
  lua_newtable(lua);
  for (auto const& grant : options.grants)
    lua_pushboolean(lua, 1), lua_setfield(lua, -2, grant.c_str());
  lua_setfield(lua, -2, "grants");
  if (options.read_only) lua_pushstring(lua, read_only_message), lua_setfield(lua, -2, "read_only");
  lua_pushlightuserdata(lua, wait_mark_address());
  lua_setfield(lua, -2, "wait_mark");
}

// Lets `require "ffi"` find LuaJIT's own; Lua's `require` is still in place.
void load_ffi(lua_State* lua) {
  lua_getfield(lua, LUA_REGISTRYINDEX, loaded_key);
  lua_getglobal(lua, "require");
  lua_pushliteral(lua, "ffi");
  lua_call(lua, 1, 1);
  lua_setfield(lua, -2, "ffi");
  lua_pop(lua, 1);
}

void seed_random(lua_State* lua, std::uint32_t seed) {
  lua_getglobal(lua, "math");
  lua_getfield(lua, -1, "randomseed");
  lua_pushnumber(lua, seed);
  lua_call(lua, 1, 0);
  lua_pop(lua, 1);
}

// The body of open_environment, where Lua errors may be raised.
int open_all(lua_State* lua) {
  auto const& options = *static_cast<app_options const*>(lua_touserdata(lua, 1));
  luaL_openlibs(lua);
  open_errors(lua);
  open_events(lua);
  lua_getglobal(lua, "xpcall"), lua_setfield(lua, LUA_REGISTRYINDEX, "calluna.xpcall");
  lua_getglobal(lua, "coroutine");
  lua_getfield(lua, -1, "yield"), lua_setfield(lua, LUA_REGISTRYINDEX, "calluna.yield");
  lua_newtable(lua), lua_setfield(lua, LUA_REGISTRYINDEX, loaded_key);
  if (options.grants.count("ffi") != 0) load_ffi(lua);
  push_native(lua, options);
  lua_setfield(lua, LUA_REGISTRYINDEX, native_key);
  lua_pushcfunction(lua, require);
  lua_setglobal(lua, "require");
  if (options.random_seed) seed_random(lua, *options.random_seed);
  load_library(lua, "sandbox", options.library_path);
  lua_setfield(lua, LUA_REGISTRYINDEX, environment_key);
  return 0;
}

}  // namespace

void open_environment(lua_State* lua, app_options const& options) {
  if (lua_cpcall(lua, open_all, const_cast<app_options*>(&options)) == 0) return;
  throw std::runtime_error(fmt::format("the Lua library is broken: {}", lua_tostring(lua, -1)));
}

int load_file_into_environment(lua_State* lua, std::string const& path) {
  int const status = luaL_loadfilex(lua, path.c_str(), "t");
  if (status != 0) return status;
  lua_getfield(lua, LUA_REGISTRYINDEX, environment_key);
  lua_setfenv(lua, -2);
  return 0;
}

int load_module_into_environment(lua_State* lua, std::string const& module) {
  auto const text = fmt::format("return require 'calluna.{}'", module);
  int const status = luaL_loadbuffer(lua, text.data(), text.size(), "=calluna");
  if (status != 0) return status;
  lua_getfield(lua, LUA_REGISTRYINDEX, environment_key);
  lua_setfenv(lua, -2);
  return 0;
}

void push_library_function(lua_State* lua, char const* module, char const* function) {
  lua_getglobal(lua, "require");
  lua_pushfstring(lua, "calluna.%s", module);
  lua_call(lua, 1, 1);
  lua_getfield(lua, -1, function);
  lua_remove(lua, -2);
}

void push_traceback(lua_State* lua) {
  lua_pushcfunction(lua, traceback);
}

}  // namespace calluna::bindings
