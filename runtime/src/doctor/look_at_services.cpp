#include "look.hpp"

#include <calluna/runtime/threads.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace calluna::runtime::doctor {

void look_at_odoo(erp::client_options options, teller const& tell) {
  auto const where = "odoo." + options.name;
  boost::asio::io_context loop{1};
  worker_pool threads("erp", 1);
  erp::client client(loop.get_executor(), threads.executor(), std::move(options), {});
  std::optional<result<nlohmann::json>> answer;
  erp::query one;
  one.fields = {"name"};
  one.limit = 1;
  client.search_read("res.partner", one, patience, [&](result<nlohmann::json> a) { answer = a; });
  run_until(loop, [&] { return answer.has_value(); });
  auto const s = client.status();
  client.stop();
  if (answer && *answer)
    return tell({severity::good, where,
                 fmt::format("Odoo {} at {} lets {} in, by {}", s.version.text, s.url, s.user,
                             s.transport ? to_string(*s.transport) : "?"),
                 ""});
  auto const why =
      answer ? answer->error() : error{error_kind::timeout, s.url + " does not answer"};
  auto const* const advice =
      why.kind == error_kind::refused
          ? "compare user, key and database; the user needs to read contacts (res.partner)"
          : "is it up, and is the url the one a browser here would open?";
  tell({severity::bad, where, why.message, advice});
}

void look_at_address(std::string const& where, std::string const& address, std::uint16_t port,
                     teller const& tell) {
  using tcp = boost::asio::ip::tcp;
  boost::system::error_code code;
  boost::asio::io_context loop{1};
  auto const host = boost::asio::ip::make_address(address, code);
  tcp::acceptor acceptor(loop);
  if (!code) acceptor.open(host.is_v6() ? tcp::v6() : tcp::v4(), code);
  if (!code) acceptor.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code) acceptor.bind({host, port}, code);
  auto const at = fmt::format("{} port {}", address, port);
  if (!code) return tell({severity::good, where, at + " can be listened at", ""});
  tell({code == boost::asio::error::address_in_use ? severity::note : severity::bad, where,
        fmt::format("{}: {}", at, code.message()),
        code == boost::asio::error::address_in_use
            ? "if that is not the runtime itself, which may be running: choose another port"
            : "choose an address of this machine, and a port above 1023 unless it may have those "
              "below"});
}

}  // namespace calluna::runtime::doctor
