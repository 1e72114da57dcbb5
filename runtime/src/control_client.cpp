#include "error_words.hpp"

#include <calluna/runtime/control_client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace calluna::runtime {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;
using local = asio::local::stream_protocol;
using nlohmann::json;

constexpr std::size_t longest_answer = std::size_t{16} << 20;

error connect_error(fs::path const& path, error_code const& code) {
  if (code == boost::system::errc::permission_denied)
    return {error_kind::refused,
            fmt::format("the runtime at '{}' belongs to another user", path.string()), false, code};
  if (code == boost::system::errc::no_such_file_or_directory)
    return {error_kind::offline, fmt::format("no runtime: there is no socket '{}'", path.string()),
            true, code};
  if (code == boost::system::errc::connection_refused)
    return {error_kind::offline,
            fmt::format("no runtime: the one that made '{}' is dead", path.string()), true, code};
  return {error_kind::offline, fmt::format("no runtime at '{}': {}", path.string(), code.message()),
          true, code};
}

error lost(error_code const& code) {
  return {error_kind::gone, "the runtime ended before it answered", false, code};
}

result<json> understand(std::string_view line) {
  auto answer = json::parse(line, nullptr, false);
  if (!answer.is_object() || !answer.contains("ok") || !answer["ok"].is_boolean())
    return fail(error_kind::protocol, "what answered is not a runtime of Calluna");
  if (answer["ok"].get<bool>()) {
    answer.erase("ok");
    return answer;
  }
  auto const why = answer.value("error", json::object());
  if (!why.is_object()) return fail(error_kind::protocol, "the runtime gave no reason");
  try {
    return fail(kind_named(why.value("kind", "")), why.value("message", "no reason given"),
                why.value("retryable", false));
  } catch (json::type_error const&) {
    return fail(error_kind::protocol, "the runtime gave a reason of a wrong kind");
  }
}

}  // namespace

result<json> call_control(fs::path const& path, json const& request,
                          std::chrono::milliseconds deadline) {
  if (path.native().size() > 107)
    return fail(error_kind::invalid,
                fmt::format("the path '{}' is too long for a socket", path.string()));
  asio::io_context loop;
  local::socket socket{loop};
  auto const line = request.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  std::string incoming;
  result<json> outcome = fail(error_kind::timeout, fmt::format("no answer from '{}' within {} ms",
                                                               path.string(), deadline.count()));
  socket.async_connect(local::endpoint{path.string()}, [&](error_code const& connected) {
    if (connected) {
      outcome = fail(connect_error(path, connected));
      return;
    }
    // A refusal may come before the request is out, so a failed write does not end the reading.
    asio::async_write(socket, asio::buffer(line), [](error_code const&, std::size_t) {});
    asio::async_read_until(socket, asio::dynamic_buffer(incoming, longest_answer), '\n',
                           [&](error_code const& code, std::size_t n) {
                             outcome = code ? result<json>{fail(lost(code))}
                                            : understand(std::string_view{incoming}.substr(0, n));
                             loop.stop();
                           });
  });
  loop.run_for(deadline);
  return outcome;
}

}  // namespace calluna::runtime
