#pragma once
#include <lua.hpp>

#include <functional>
#include <string>

namespace calluna::bindings {

/// A Lua module written in C++ by the embedding program: `require(name)` in an app calls `open`,
/// which pushes the module (usually a table) and returns 1. It runs once per generation, on the
/// app's thread. Functions that wait use `bindings::wait` (see await.hpp).
struct native_module {
  std::string name;
  std::function<int(lua_State*)> open;
};

}  // namespace calluna::bindings
