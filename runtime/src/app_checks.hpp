#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/runtime/control_server.hpp>
#include <calluna/runtime/supervisor.hpp>

namespace calluna::runtime {

/// How long an app's `check` may take.
inline constexpr std::chrono::seconds check_patience{10};

/// Asks all running apps whether what they need is there (their `check`). Answers once each has
/// said, or its time is over: {"apps":[{"name","wrong":[TEXT...]}]}. On the IO thread.
void ask_app_checks(io::executor io, supervisor& of, control_server::reply answer);

}  // namespace calluna::runtime
