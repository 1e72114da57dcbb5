#pragma once
#include <calluna/clock.hpp>
#include <calluna/erp/call.hpp>
#include <calluna/error.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace calluna::erp {

/// The line for the log on a failure that somebody must mend (wrong key, missing right, unknown
/// model, ...): what happened and what to change. Empty for failures that pass by themselves.
/// `user`: whose login it is.
std::string advice_for(error const& e, call const& c, std::string_view user);

/// Whether a line is worth writing again: the same one is told once a minute. Pure: time is given
/// to it. One thread at a time.
class repetition {
 public:
  /// True if it should be told now.
  bool is_news(std::string const& line, clock::time_point now);

 private:
  static constexpr auto span = std::chrono::minutes(1);
  static constexpr std::size_t max_lines = 200;
  std::unordered_map<std::string, clock::time_point> told_;
};

}  // namespace calluna::erp
