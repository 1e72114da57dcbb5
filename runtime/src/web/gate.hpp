#pragma once
#include "server_core.hpp"

#include <calluna/runtime/web/refusals.hpp>
#include <calluna/runtime/web/request_reader.hpp>
#include <calluna/runtime/web/route_table.hpp>
#include <calluna/runtime/web/url.hpp>

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace calluna::runtime::web {

/// Why a request goes no further.
struct denial {
  int status = 400;
  /// `count`: no refusal, only an answer (404, a redirection).
  refusal why = refusal::count;
  /// For the client, in a header; of our own words.
  std::string text;
  bindings::http_headers headers;
};

/// Who sent a request.
struct client {
  address from;
  /// Over TLS, to us or to a trusted proxy before us.
  bool encrypted = false;
  /// It came through a proxy that is not trusted, so who it is from is not known.
  bool veiled = false;
};
client client_of(server_core const& core, request_head const& head, address const& peer, bool tls);

/// The target and Host of a request are good.
tl::expected<target_parts, denial> check_head(server_core const& core, request_head const& head);

/// Looks for a token and what it allows. Gives the token; nothing if there is none and none is
/// needed. `networks` need none, nor does `open`. `upgrade`: it becomes a WebSocket, for which
/// browsers do not keep to the rules of other requests.
tl::expected<std::optional<token_entry>, denial> check_token(
    server_core& core, request_head const& head, client const& who, std::string_view path,
    bool open, std::vector<network> const& networks, bool upgrade);

/// A token's text out of the header of POST /session: what is known of it, or why not.
tl::expected<token_entry, denial> check_given_token(server_core& core, client const& who,
                                                    std::string_view text);

/// Whether a page of this server, or no page at all, made the request.
enum class origin { same, other, unknown };
origin origin_of(request_head const& head);

/// 429 if `who` comes too often.
std::optional<denial> check_rate(server_core& core, served_route const& route, client const& who,
                                 std::optional<token_entry> const& token);

}  // namespace calluna::runtime::web
