#include "line_feed.hpp"

#include <calluna/bindings/await.hpp>

#include <new>
#include <optional>
#include <utility>

namespace calluna::runtime::console {
namespace {

using held_feed = std::shared_ptr<line_feed>;

line_feed& feed_of(lua_State* lua) {
  return **static_cast<held_feed*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

int release(lua_State* lua) {
  static_cast<held_feed*>(lua_touserdata(lua, 1))->~held_feed();
  return 0;
}

int push(lua_State* lua, word const& w) {
  lua_createtable(lua, 0, 3);
  lua_pushboolean(lua, w.interrupt ? 1 : 0), lua_setfield(lua, -2, "interrupt");
  lua_pushnumber(lua, static_cast<double>(w.number)), lua_setfield(lua, -2, "number");
  lua_pushlstring(lua, w.text.data(), w.text.size()), lua_setfield(lua, -2, "text");
  return 1;
}

}  // namespace

void line_feed::give(word what) {
  unique_function<void(result<word>)> waiting;
  {
    std::lock_guard const lock(mutex_);
    waiting = std::exchange(waiting_, nullptr);
    if (!waiting) words_.push_back(std::move(what));
  }
  if (waiting) waiting(std::move(what));
}

// next() -> {interrupt, number, text}; nil, err once the console ends.
int line_feed::next(lua_State* lua) {
  auto& feed = feed_of(lua);
  std::optional<word> ready;
  bindings::wait w(lua, "console: next");
  if (int const refused = w.refused_if_doomed(); refused != 0) return refused;
  {
    std::lock_guard const lock(feed.mutex_);
    if (feed.words_.empty()) {
      feed.waiting_ = w.completion<word>(push);
    } else {
      ready = std::move(feed.words_.front());
      feed.words_.pop_front();
    }
  }
  return ready ? push(lua, *ready) : w.suspend(std::nullopt);
}

// say(what, number, text)
int line_feed::say(lua_State* lua) {
  std::size_t what_size = 0, size = 0;
  char const* const what = luaL_checklstring(lua, 1, &what_size);
  auto const number = static_cast<std::uint64_t>(luaL_checknumber(lua, 2));
  char const* const text = luaL_checklstring(lua, 3, &size);
  feed_of(lua).to_({what, what_size}, number, {text, size});
  return 0;
}

bindings::native_module line_feed::module() {
  return {"calluna.console_core", [self = shared_from_this()](lua_State* lua) {
            lua_createtable(lua, 0, 2);
            new (lua_newuserdata(lua, sizeof(held_feed))) held_feed(self);
            lua_createtable(lua, 0, 1);
            lua_pushcfunction(lua, release), lua_setfield(lua, -2, "__gc");
            lua_setmetatable(lua, -2);
            lua_pushvalue(lua, -1), lua_pushcclosure(lua, next, 1), lua_setfield(lua, -3, "next");
            lua_pushcclosure(lua, say, 1), lua_setfield(lua, -2, "say");
            return 1;
          }};
}

}  // namespace calluna::runtime::console
