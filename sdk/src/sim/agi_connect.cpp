#include "agi_connect.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace calluna::sim {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto patience = std::chrono::seconds(2);
constexpr char usual_port[] = "4573";

/// One try; its handlers keep it.
struct attempt : std::enable_shared_from_this<attempt> {
  attempt(io::executor const& on, std::function<void(std::optional<tcp::socket>)> told)
      : resolver(on), socket(on), timer(on), done(std::move(told)) {}

  void start(std::string const& host, std::string const& port) {
    timer.expires_after(patience);
    timer.async_wait([self = shared_from_this()](error_code const& code) {
      if (!code) self->finish(false);
    });
    resolver.async_resolve(host, port, [self = shared_from_this()](auto const& code, auto found) {
      if (code) return self->finish(false);
      asio::async_connect(self->socket, found,
                          [self](error_code const& failed, auto const&) { self->finish(!failed); });
    });
  }
  void finish(bool connected) {
    auto const tell = std::exchange(done, nullptr);
    if (!tell) return;
    timer.cancel();
    resolver.cancel();
    if (connected) return tell(std::move(socket));
    error_code ignored;
    socket.close(ignored);
    tell(std::nullopt);
  }

  tcp::resolver resolver;
  tcp::socket socket;
  asio::steady_timer timer;
  std::function<void(std::optional<tcp::socket>)> done;
};

}  // namespace

void connect_agi(io::executor const& on, std::string const& url,
                 std::function<void(std::optional<tcp::socket>)> done) {
  constexpr std::string_view scheme = "agi://";
  auto const made = std::make_shared<attempt>(on, std::move(done));
  if (url.rfind(scheme, 0) != 0) return asio::post(on, [made] { made->finish(false); });
  auto const where = url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
  auto const bracket = where.find(']');  // of an IPv6 address
  auto const colon = where.find(':', bracket == std::string::npos ? 0 : bracket);
  auto host = where.substr(0, colon);
  if (bracket != std::string::npos && host.size() > 2) host = host.substr(1, bracket - 1);
  made->start(host, colon == std::string::npos ? usual_port : where.substr(colon + 1));
}

}  // namespace calluna::sim
