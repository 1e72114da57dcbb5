#pragma once
#include <calluna/result.hpp>

#include <nlohmann/json.hpp>

#include <map>
#include <string_view>

namespace calluna::integration {

class live_pbx;

/// What runtime::testing::office_verbs() does with an offline PBX and its people, done with a real
/// one and SIP phones. Each returns when the PBX has noticed.
std::map<std::string_view, result<nlohmann::json> (*)(live_pbx&, nlohmann::json const&)> const&
live_office_verbs();

}  // namespace calluna::integration
