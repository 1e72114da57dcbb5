#pragma once
#include "stage.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string_view>

namespace calluna::runtime::testing {

using verb = result<nlohmann::json> (*)(stage&, nlohmann::json const&);
using verb_map = std::map<std::string_view, verb>;

/// Of the servers that the app asks: server_verbs.cpp.
verb_map const& server_verbs();

/// Of requests from outside: web_verbs.cpp.
verb_map const& web_verbs();

/// What a test script asks of its stage (see scripts/calluna/test_pbx.lua, which checks arguments):
/// `verb` with its arguments as JSON. Errors have a message for the line that asked.
result<nlohmann::json> ask(stage& of, std::string_view verb, nlohmann::json const& argument);

}  // namespace calluna::runtime::testing
