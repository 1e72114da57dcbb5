#pragma once
#include <string>
#include <string_view>

namespace calluna::erp {

/// `text` as HTML that shows it as it is: the five special characters escaped, lines kept.
std::string html_of(std::string_view text);

/// `text` with each `secret` in it replaced by "***", also as JSON writes it. An empty secret
/// replaces nothing.
std::string without_secret(std::string text, std::string_view secret);

}  // namespace calluna::erp
