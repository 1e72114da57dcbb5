#pragma once
#include <calluna/error.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace calluna::erp {

/// The error that Odoo's description of an exception (`{"name": "odoo.exceptions.AccessError",
/// "message": ...}`) stands for: kind, code, and Odoo's words with its type behind. Both transports
/// carry the same object. An answered failure was rolled back, so `retryable` says whether it may
/// help: true for `session_expired` and `conflict`. The traceback is left out.
error failure_of(nlohmann::json const& description);

/// The error of an HTTP status with a body that is no description: proxies, wrong addresses.
error failure_of_status(int status, std::string_view body);

/// The kind that goes with a code.
error_kind kind_of(std::error_code code) noexcept;

/// One line of at most 300 bytes, without control characters, cut between characters.
std::string one_line(std::string_view text);

}  // namespace calluna::erp
