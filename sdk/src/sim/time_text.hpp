#pragma once
#include <calluna/sim/agenda.hpp>

#include <fmt/format.h>

#include <ctime>
#include <string>

namespace calluna::sim {

/// "2026-11-21T05:24:19.682+0000"
inline std::string iso_time(moment at) {
  auto const since = at.time_since_epoch();
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  auto const milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds).count();
  std::time_t const time = seconds.count();
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+0000", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     milliseconds);
}

}  // namespace calluna::sim
