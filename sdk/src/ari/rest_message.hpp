#pragma once
#include <calluna/ari/request.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace calluna::ari {

/// Appends the RESTRequest for `r`. False if something in it is not UTF-8 or holds NUL: Asterisk
/// would refuse the whole message and could not even say which one it was.
bool append_rest_request(std::string& to, std::uint64_t id, request const& r);

/// A RESTResponse, not decoded.
struct rest_response_view {
  std::uint64_t id = 0;
  int status = 0;
  std::string_view reason;
  /// Raw contents of the JSON string.
  std::string_view body;
};

/// False if `json` is no RESTResponse with an id of ours and a status.
bool scan_rest_response(std::string_view json, rest_response_view& into) noexcept;

/// Appends `text` as the contents of a JSON string. False as above.
bool append_json_escaped(std::string& to, std::string_view text);

/// Appends what the raw contents of a JSON string mean. False if an escape is broken.
bool append_json_unescaped(std::string& to, std::string_view raw);

}  // namespace calluna::ari
