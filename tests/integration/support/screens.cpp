#include "screens.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace calluna::integration {

namespace asio = boost::asio;

struct screens::screen {
  explicit screen(asio::io_context& loop) : socket(loop) {}
  asio::ip::tcp::socket socket;
  std::array<char, 16384> room{};
  std::string line;
};

screens::screens(std::string const& url, std::string const& path, std::string const& token,
                 std::size_t readers) {
  auto const port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  auto const request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                       "\r\nAuthorization: Bearer " + token + "\r\n\r\n";
  for (std::size_t i = 0; i < readers + 1; ++i) {
    auto const one = std::make_shared<screen>(loop_);
    one->socket.open(asio::ip::tcp::v4());
    bool const reads = i < readers;
    if (!reads) one->socket.set_option(asio::socket_base::receive_buffer_size(4096));
    one->socket.connect({asio::ip::make_address("127.0.0.1"), port});
    asio::write(one->socket, asio::buffer(request));
    all_.push_back(one);
    if (reads) read(one);
  }
  thread_ = std::thread([this] { loop_.run(); });
}

screens::~screens() {
  loop_.stop();
  thread_.join();
}

void screens::read(std::shared_ptr<screen> const& one) {
  one->socket.async_read_some(asio::buffer(one->room),
                              [this, one](boost::system::error_code const& code, std::size_t n) {
                                if (code) {
                                  ++lost_;
                                  return;
                                }
                                for (char const c : std::string_view(one->room.data(), n)) {
                                  if (c != '\n') {
                                    one->line += c;
                                    continue;
                                  }
                                  if (one->line == "event: set") ++sets_;
                                  if (one->line == "event: clear") ++clears_;
                                  if (one->line == "event: reset") ++begun_;
                                  one->line.clear();
                                }
                                read(one);
                              });
}

}  // namespace calluna::integration
