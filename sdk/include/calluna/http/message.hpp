#pragma once
#include <calluna/http/client.hpp>
#include <calluna/http/url.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace calluna::http {

/// The method's name in static storage; nothing if there is none of that name.
std::optional<std::string_view> known_method(std::string_view name) noexcept;

/// Errors: `invalid`. Of a header's value nothing is told.
result<void> check(request const& r);

/// `fields` as a response has them.
headers gathered(headers const& fields);
/// The value of a header; "" without it. `name` in lower case.
std::string_view find(headers const& fields, std::string_view name) noexcept;

/// Doing it again changes nothing.
bool is_harmless(std::string_view method) noexcept;

/// What goes on after `r`, the answer from `from`, when `followed` redirects were followed before;
/// nothing: `r` is the answer that was asked for. Errors: `protocol` (more than `asked.follow`, or
/// to nowhere), `refused` (away from https).
result<std::optional<request>> next_request(request const& asked, url const& from,
                                            response const& r, unsigned followed);

}  // namespace calluna::http
