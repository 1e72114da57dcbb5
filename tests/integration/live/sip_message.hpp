#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::integration {

/// One SIP message, as far as phones on one machine need it: no folded lines; lists of Via and
/// Record-Route stay the lines they came as.
struct sip_message {
  std::string start;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// Nothing if it is none.
  static std::optional<sip_message> read(std::string_view text);
  /// With its Content-Length.
  std::string text() const;

  bool is_request() const { return start.rfind("SIP/2.0 ", 0) != 0; }
  std::string method() const { return start.substr(0, start.find(' ')); }
  int status() const;
  /// The first header of that name, case ignored; or empty.
  std::string get(std::string_view name) const;
  void add(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
  }
  int cseq() const;
  std::string cseq_method() const;
};

/// Name and user part of `"Ann" <sip:101@host>;tag=x`.
struct sip_party {
  std::string name, user;
};
sip_party party_of(std::string_view address);
/// What is between < and >, or the whole up to a parameter.
std::string uri_of(std::string_view address);
std::string user_of(std::string_view uri);
/// The value of a parameter such as "tag"; or empty.
std::string parameter(std::string_view address, std::string_view name);

}  // namespace calluna::integration
