#include "json_value.hpp"

#include <calluna/bindings/await.hpp>
#include <calluna/bindings/feed.hpp>

#include <new>
#include <optional>
#include <utility>

namespace calluna::bindings {
namespace {

using held_feed = std::shared_ptr<feed>;

int push(lua_State* lua, nlohmann::json const& value) {
  push_json(lua, value);
  return 1;
}

int release(lua_State* lua) {
  static_cast<held_feed*>(lua_touserdata(lua, 1))->~held_feed();
  return 0;
}

}  // namespace

/// The script's end of it.
struct feed::reader {
  static int next(lua_State* lua) {
    auto& from = **static_cast<held_feed*>(lua_touserdata(lua, lua_upvalueindex(1)));
    wait w(lua, "next");
    if (int const refused = w.refused_if_doomed(); refused != 0) return refused;
    std::optional<nlohmann::json> there;
    {
      std::lock_guard const lock(from.mutex_);
      if (from.values_.empty()) {
        from.waiting_ = w.completion<nlohmann::json>(push);
      } else {
        there = std::move(from.values_.front());
        from.values_.pop_front();
      }
    }
    return there ? push(lua, *there) : w.suspend(std::nullopt);
  }
};

void feed::give(nlohmann::json value) {
  unique_function<void(result<nlohmann::json>)> waiting;
  {
    std::lock_guard const lock(mutex_);
    waiting = std::exchange(waiting_, nullptr);
    if (!waiting) values_.push_back(std::move(value));
  }
  if (waiting) waiting(std::move(value));
}

native_module feed::module(std::string name) {
  return {std::move(name), [self = shared_from_this()](lua_State* lua) {
            new (lua_newuserdata(lua, sizeof(held_feed))) held_feed(self);
            lua_createtable(lua, 0, 1);
            lua_pushcfunction(lua, release);
            lua_setfield(lua, -2, "__gc");
            lua_setmetatable(lua, -2);
            lua_pushcclosure(lua, reader::next, 1);
            return 1;
          }};
}

}  // namespace calluna::bindings
