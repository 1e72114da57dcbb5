#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace calluna::ari {

enum class http_method : std::uint8_t { get, post, put, del };

/// "GET", "POST", "PUT" or "DELETE". Static storage.
std::string_view to_string(http_method method) noexcept;

/// Where a parameter travels.
enum class place : std::uint8_t {
  path,        ///< a segment of the path
  query,       ///< the query string
  body,        ///< a member of the JSON body
  whole_body,  ///< the JSON body itself
};

enum class value_type : std::uint8_t {
  string,
  int32,
  int64,
  boolean,
  variables,  ///< object: channel variable name -> text
  json,       ///< any object, or a list of them
};

/// One parameter of an operation. All text is static.
struct parameter {
  std::string_view name;    ///< as Asterisk spells it: "callerId"
  std::string_view option;  ///< in snake_case: "caller_id"
  ari::place place;
  value_type type;
  bool required;
  bool list;
  /// The values Asterisk documents, separated by '|'; a newer server may know more. Usually empty.
  std::string_view values;
  /// As operation::since, where the parameter came later than its operation.
  std::string_view since;
};

/// What is known of one ARI operation. All text is static. Source: Asterisk's API description,
/// kept in sdk/ari/operations.txt.
struct operation {
  std::string_view name;      ///< "channels.continueInDialplan"
  std::string_view resource;  ///< "channels"
  std::string_view nickname;  ///< "continueInDialplan"
  http_method method;
  /// Below /ari, without a leading slash; parameters in braces: "channels/{channelId}/continue".
  std::string_view path;
  /// Those of the path first, in its order.
  std::span<parameter const> parameters;
  /// "Channel", "[Channel]" for a list, "binary", or empty: an answer without content.
  std::string_view result;
  /// "22.6": the first release with it, counting 17.0 ... 22.0, 22.1 ...; empty: 16.28 has it too.
  std::string_view since;
  /// True for events.eventWebsocket, which opens a WebSocket and is no request.
  bool upgrade;
};

/// All operations of Asterisk 22, by resource. Any thread.
std::span<operation const> operations() noexcept;

/// "channels.answer" -> its operation, or null. Asterisk's spelling or snake_case, for both parts
/// ("deviceStates.get", "device_states.get"). The pointer never dies: look up once, keep it.
operation const* find_operation(std::string_view name) noexcept;

}  // namespace calluna::ari
