#pragma once
#include <calluna/result.hpp>
#include <calluna/sim/actors.hpp>
#include <calluna/sim/machine.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::testing {

/// A PBX and the people around it: what a script's verbs about phones, calls and the dialplan need,
/// in a test case as in a scenario of the served PBX.
struct office {
  sim::machine& machine;
  sim::actors& actors;
};

struct office_verb {
  result<nlohmann::json> (*does)(office const&, nlohmann::json const&);
  /// Somebody acts; else it only says what there is.
  bool acts;
};
/// See scripts/calluna/test_pbx.lua, which checks arguments.
std::map<std::string_view, office_verb> const& office_verbs();

// -- reading arguments, and answering

/// No value, or the error.
result<nlohmann::json> nothing(result<void> const& outcome);
std::string text(nlohmann::json const& in, char const* key, std::string otherwise = {});
std::chrono::nanoseconds seconds(double n);
sim::span span_of(nlohmann::json const& in, char const* key, double otherwise);
/// What a phone does, of pbx:phone's options.
result<sim::behaviour> behaviour_of(nlohmann::json const& a);
/// Strings under `key`: a list, or an empty object, as which Lua's empty table comes.
std::vector<std::string> texts(nlohmann::json const& in, char const* key);

}  // namespace calluna::runtime::testing
