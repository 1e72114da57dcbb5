// How a generation begins and ends: load, validate, start, stop. See app.hpp for the order.
#include "app_impl.hpp"
#include "environment.hpp"
#include "json_value.hpp"

#include <calluna/bindings/error.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <filesystem>

namespace calluna::bindings {
namespace {

// No event and no timer comes before it, so `start` is the first task of its state.
constexpr task_id start_task = 1;

// Runs one of the app's life-cycle functions as a task and tells how it went. With `lists` a table
// that it returns is a list of what is wrong.
constexpr char run_stage[] = R"lua(
local stage, argument, traceback, tell, pcall_with, lists = ...
local ok, value, problem = pcall_with(stage, traceback, argument)
if not ok then tell(value)
elseif lists and type(value) == "table" then
  local texts = {}
  for i, one in ipairs(value) do texts[i] = (tostring(one):gsub("\n", " ")) end
  if #texts > 0 then tell(table.concat(texts, "\n")) else tell() end
elseif value == false or (value == nil and problem ~= nil) then tell(tostring(problem or "it returned false"))
else tell() end
)lua";

std::string text_of(lua_State* lua, int at) {
  std::size_t size = 0;
  char const* const text = lua_tolstring(lua, at, &size);
  if (text != nullptr) return {text, size};
  return luaL_callmeta(lua, at, "__tostring") != 0 && lua_isstring(lua, -1)
             ? lua_tostring(lua, -1)
             : fmt::format("a {} was raised as an error", luaL_typename(lua, at));
}

int tell_stage(lua_State* lua) {
  auto& done = **static_cast<unique_function<void(result<void>)>**>(
      lua_touserdata(lua, lua_upvalueindex(1)));
  if (!done) return 0;
  auto finish = std::move(done);
  done = nullptr;
  if (lua_isnoneornil(lua, 1))
    finish({});
  else
    finish(fail(error_kind::invalid, text_of(lua, 1)));
  return 0;
}

int free_stage(lua_State* lua) {
  delete *static_cast<unique_function<void(result<void>)>**>(lua_touserdata(lua, 1));
  return 0;
}

// The runtime's own apps are modules of the built-in library.
constexpr std::string_view built_in_prefix = "calluna:";

bool is_built_in(std::string_view entry) {
  return entry.rfind(built_in_prefix, 0) == 0;
}

std::string entry_of(std::string const& path) {
  std::error_code ignored;
  if (is_built_in(path) || !std::filesystem::is_directory(path, ignored)) return path;
  return (std::filesystem::path(path) / "init.lua").string();
}

}  // namespace

result<void> app::impl::load() {
  auto const entry = entry_of(options.path);
  std::error_code ignored;
  if (!is_built_in(entry) && !std::filesystem::exists(entry, ignored))
    return fail(error_kind::invalid,
                fmt::format("{}: no such file: an app is a folder with an init.lua, or a .lua file",
                            entry));

  result<void> outcome;
  bracketed([&] {
    int const top = lua_gettop(lua);
    if (!is_built_in(entry)) files.push_back(entry);
    int status = is_built_in(entry)
                     ? load_module_into_environment(lua, entry.substr(built_in_prefix.size()))
                     : load_file_into_environment(lua, entry);
    if (status == 0) status = lua_pcall(lua, 0, 1, 0);
    if (status != 0)
      outcome = fail(error_kind::invalid, text_of(lua, -1));
    else
      outcome = read_description();
    lua_settop(lua, top);
  });
  return outcome;
}

result<void> app::impl::read_description() {
  if (lua_isnil(lua, -1)) lua_newtable(lua);
  if (!lua_istable(lua, -1))
    return fail(error_kind::invalid,
                fmt::format("{}: returns a {}; an app returns nothing or a table with any of "
                            "config, validate, start, stop, check",
                            entry_of(options.path), luaL_typename(lua, -1)));
  for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1)) {
    auto const key =
        lua_type(lua, -2) == LUA_TSTRING ? std::string(lua_tostring(lua, -2)) : std::string("?");
    bool const is_function = lua_isfunction(lua, -1);
    if (key == "config" && lua_istable(lua, -1)) continue;
    if ((key == "validate" || key == "start" || key == "stop" || key == "check") && is_function)
      continue;
    return fail(error_kind::invalid,
                fmt::format("{}: the returned table has {} = <{}>; it may have config (a table), "
                            "and the functions validate, start, stop, check",
                            entry_of(options.path), key, luaL_typename(lua, -1)));
  }
  description_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  return check_config();
}

result<void> app::impl::check_config() {
  if (auto pushed = push_json_text(lua, options.config_json); !pushed) return pushed;
  // The schema is checked by the library (config.lua), which fills in defaults.
  push_library_function(lua, "config", "check");
  lua_rawgeti(lua, LUA_REGISTRYINDEX, description_);
  lua_getfield(lua, -1, "config");
  lua_remove(lua, -2);
  lua_pushvalue(lua, -3);
  if (lua_pcall(lua, 2, 2, 0) != 0) return fail(error_kind::invalid, text_of(lua, -1));
  if (lua_isnil(lua, -2))
    return fail(error_kind::invalid,
                fmt::format("app {}: config: {}", options.name, text_of(lua, -1)));
  lua_pop(lua, 1);
  lua_pushvalue(lua, -1);
  config_ = luaL_ref(lua, LUA_REGISTRYINDEX);

  lua_rawgeti(lua, LUA_REGISTRYINDEX, description_);
  lua_getfield(lua, -1, "validate");
  if (lua_isnil(lua, -1)) return {};
  lua_rawgeti(lua, LUA_REGISTRYINDEX, config_);
  if (lua_pcall(lua, 1, 2, 0) != 0) return fail(error_kind::invalid, text_of(lua, -1));
  if (!lua_toboolean(lua, -2) && !(lua_isnil(lua, -2) && lua_isnil(lua, -1)))
    return fail(error_kind::invalid,
                fmt::format("{}: validate: {}", entry_of(options.path),
                            lua_isnil(lua, -1) ? "it returned false" : text_of(lua, -1)));
  return {};
}

namespace {

// Spawns description[stage](argument); `done` gets the outcome. False, and {} at once, if there is
// no such function.
bool spawn_stage(app::impl& a, int description, char const* stage, int argument,
                 unique_function<void(result<void>)> done) {
  auto* lua = a.lua;
  int const top = lua_gettop(lua);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, description);
  if (lua_istable(lua, -1)) lua_getfield(lua, -1, stage);
  if (!lua_isfunction(lua, -1)) {
    lua_settop(lua, top);
    done({});
    return false;
  }
  int const function = lua_gettop(lua);
  luaL_loadbuffer(lua, run_stage, sizeof run_stage - 1, "=calluna.stage");
  lua_pushvalue(lua, function);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, argument);
  push_traceback(lua);
  auto** holder =
      static_cast<unique_function<void(result<void>)>**>(lua_newuserdata(lua, sizeof(void*)));
  *holder = new unique_function<void(result<void>)>(std::move(done));
  lua_newtable(lua);
  lua_pushcfunction(lua, free_stage);
  lua_setfield(lua, -2, "__gc");
  lua_setmetatable(lua, -2);
  lua_pushcclosure(lua, tell_stage, 1);
  lua_getfield(lua, LUA_REGISTRYINDEX, "calluna.xpcall");
  lua_pushboolean(lua, std::string_view(stage) == "check");
  a.tasks.spawn(lua, 6, 0);
  lua_settop(lua, top);
  return true;
}

}  // namespace

void app::impl::start(unique_function<void(result<void>)> done) {
  has_start = spawn_stage(*this, description_, "start", config_,
                          [this, done = std::move(done)](result<void> outcome) mutable {
                            is_up = true;
                            done(std::move(outcome));
                          });
  work();
}

void app::impl::stop(unique_function<void()> done) {
  auto finish = [this, alive = self.shared_from_this(),
                 done = std::move(done)](result<void> const& outcome) mutable {
    if (!outcome) options.log.error(fmt::format("stop: {}", outcome.error().message));
    boost::asio::post(executor, [this, alive, done = std::move(done)]() mutable {
      static error const ended{error_kind::cancelled, "the app is being stopped", false, {}};
      tasks.doom_all(ended);
      work();
      kill();
      done();
    });
  };
  spawn_stage(*this, description_, "stop", config_, std::move(finish));
  work();
}

bool app::impl::has_check() {
  bool has = false;
  bracketed([&] {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, description_);
    if (lua_istable(lua, -1)) {
      lua_getfield(lua, -1, "check");
      has = lua_isfunction(lua, -1);
      lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
  });
  return has;
}

void app::impl::check(unique_function<void(result<void>)> done) {
  spawn_stage(*this, description_, "check", config_, std::move(done));
  work();
}

void app::impl::retire() {
  static error const replaced{
      error_kind::cancelled, "a newer generation of the app has started", false, {}};
  retired = true;
  if (has_start) tasks.doom(start_task, replaced);
  ari.by_type.clear();
  calls.drop_handlers();
  if (ami.keep_what_stays()) host.on_ami_wanted(self, ami.patterns());
  work();
}

void app::impl::kill() {
  stopped_ = true;
  turn_visits_away();
  alarm_.cancel();
}

}  // namespace calluna::bindings
