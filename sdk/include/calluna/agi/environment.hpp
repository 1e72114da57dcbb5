#pragma once
#include <calluna/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::agi {

/// What Asterisk tells of a call at the beginning of a session: the lines "agi_<name>: <value>". Of
/// a number or name that Asterisk does not know ("unknown") nothing is kept.
struct environment {
  /// "agi://host/caller/name?country=DE"
  std::string request;
  /// "caller/name": the path in `request`, decoded, without slashes at its ends.
  std::string script;
  /// What follows "?" in `request`, as it came.
  std::string query;
  /// "PJSIP/101-00000007"
  std::string channel;
  std::string uniqueid;
  std::string callerid_number;
  std::string callerid_name;
  std::string dnid;
  std::string rdnis;
  std::string context;
  std::string extension;
  std::string priority;
  std::string language;
  std::string accountcode;
  /// Asterisk's own.
  std::string version;
  /// What the dialplan gave AGI() beside the URL.
  std::vector<std::string> arguments;

  /// Takes one line without its end. Errors: `protocol`.
  result<void> take(std::string_view line);
};

/// The fields of `query` ("a=1&b=x%20y"), decoded, in their order. What is encoded wrongly is left
/// as it is.
std::vector<std::pair<std::string, std::string>> query_fields(std::string_view query);

}  // namespace calluna::agi
