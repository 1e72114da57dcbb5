#include <calluna/runtime/log.hpp>
#include <calluna/runtime/notify.hpp>

#include <cstdint>
#include <string>
#include <systemd/sd-daemon.h>

namespace calluna::runtime {

void notify_ready(std::string_view status) {
  ::sd_notify(0, ("READY=1\nSTATUS=" + escape_controls(status)).c_str());
}

void notify_status(std::string_view status) {
  ::sd_notify(0, ("STATUS=" + escape_controls(status)).c_str());
}

void notify_stopping() {
  ::sd_notify(0, "STOPPING=1");
}

void notify_watchdog() {
  ::sd_notify(0, "WATCHDOG=1");
}

std::optional<std::chrono::microseconds> notify_watchdog_interval() {
  std::uint64_t limit = 0;
  if (::sd_watchdog_enabled(0, &limit) <= 0) return {};
  return std::chrono::microseconds(limit / 2);
}

}  // namespace calluna::runtime
