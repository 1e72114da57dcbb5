#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace calluna::runtime {

/// Messages to the service manager (sd_notify(3)). Without one ($NOTIFY_SOCKET unset) they go
/// nowhere. Any thread; none of them waits.

/// The service serves. `status` is one line for `systemctl status`.
void notify_ready(std::string_view status);
/// A new line for `systemctl status`.
void notify_status(std::string_view status);
/// The service has begun to stop.
void notify_stopping();
/// The service is alive; due within each `notify_watchdog_interval`.
void notify_watchdog();
/// How often the service manager wants to hear `notify_watchdog` at least (half of its limit, as
/// sd_watchdog_enabled(3) advises); nothing if it does not.
std::optional<std::chrono::microseconds> notify_watchdog_interval();

}  // namespace calluna::runtime
