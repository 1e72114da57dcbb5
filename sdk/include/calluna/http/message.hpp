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

bool is_redirect(int status) noexcept;
/// `r`, after `status` from `from`, as it goes on to `to`.
request redirected(request r, int status, url const& from, url const& to);

}  // namespace calluna::http
