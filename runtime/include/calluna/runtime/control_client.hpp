#pragma once
#include <calluna/result.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <filesystem>

namespace calluna::runtime {

/// Sends one request to the runtime that listens at `socket`, waits for the answer and returns it
/// without its `ok`. For programs with nothing else to do: it blocks, at most for `deadline`.
/// Errors: `offline` (nobody listens there; nothing was sent, retryable), `refused` (the socket
/// belongs to another user), `timeout`, `gone` (the runtime ended meanwhile), `protocol`, or what
/// the runtime said.
result<nlohmann::json> call_control(std::filesystem::path const& socket,
                                    nlohmann::json const& request,
                                    std::chrono::milliseconds deadline);

}  // namespace calluna::runtime
