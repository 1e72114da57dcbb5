#pragma once
#include <calluna/ari/client.hpp>

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace calluna::runtime {

/// Puts the parts of "http[s]://host[:port][/path]" into `o`, with the ports and the path that
/// Asterisk has by default; or says what is wrong, to be put behind "'url' ".
tl::expected<void, std::string> read_ari_url(std::string_view url, ari::client_options& o);

}  // namespace calluna::runtime
