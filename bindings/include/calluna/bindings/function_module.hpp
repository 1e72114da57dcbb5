#pragma once
#include <calluna/bindings/module.hpp>
#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace calluna::bindings {

/// Answers what a script asks: `argument` is what it gave (null for nothing). On the app's thread;
/// must not wait.
using json_function =
    std::function<result<nlohmann::json>(std::string_view verb, nlohmann::json const& argument)>;

/// A Lua module for programs that know no Lua: `require(name)` gives the function ask(verb,
/// argument), which returns the answer, or nil and the error's text.
native_module function_module(std::string name, json_function answer);

}  // namespace calluna::bindings
