#pragma once
#include <calluna/calls/call_news.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <utility>
#include <vector>

namespace calluna::runtime {

/// A call's event in words, "answered by PJSIP/101".
std::string words_for(calls::call_news const& news);
/// What has become of a call so far: when, and in words, in order of time.
std::vector<std::pair<calls::moment, std::string>> history_of(calls::call const& c);
/// What a table of live calls says of one.
nlohmann::json table_row(calls::call const& c, std::string const& pbx, calls::moment now);

}  // namespace calluna::runtime
