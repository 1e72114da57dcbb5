// Prints the events of an Asterisk as they come. Uses calluna::sdk only: no Lua, no runtime.
//
//   CALLUNA_AMI_SECRET=... ami_tail 127.0.0.1 5038 calluna            every event
//   CALLUNA_AMI_SECRET=... ami_tail 127.0.0.1 5038 calluna Newchannel Hangup
#include <calluna/ami/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>
#include <string_view>

namespace ami = calluna::ami;

// What a client tells comes as calls of a listener, on the loop the client lives on.
class tail : public ami::client_listener {
 public:
  explicit tail(std::set<std::string, std::less<>> wanted) : wanted_(std::move(wanted)) {}

  // Everything that one read of the socket brought. An event is a view: a header is looked for
  // when it is asked for, so skipping an event costs next to nothing.
  void on_ami_events(ami::event_batch const& batch) override {
    for (ami::message_view const& event : batch.events)
      if (wanted_.empty() || wanted_.count(event.event()) != 0) print(event);
    std::cout.flush();
  }

  // The client connects, logs in and reconnects by itself; here we only say how it goes.
  void on_ami_state(ami::client_state state, calluna::error const* why) override {
    if (state == ami::client_state::up) std::cerr << "-- logged in\n";
    if (why != nullptr) std::cerr << "-- " << calluna::to_string(*why) << '\n';
  }

 private:
  static void print(ami::message_view event) {
    std::cout << event.event();
    event.for_each([](std::string_view key, std::string_view value) {
      if (key != "Event" && key != "Privilege" && !value.empty())
        std::cout << "  " << key << '=' << value;
    });
    std::cout << '\n';
  }

  std::set<std::string, std::less<>> wanted_;
};

int usage(std::ostream& out, int code) {
  out << "usage: ami_tail HOST PORT USER [EVENT...]   with the secret in CALLUNA_AMI_SECRET\n";
  return code;
}

int main(int argc, char** argv) {
  std::vector<std::string> const arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--help") return usage(std::cout, 0);
  if (arguments.size() < 3) return usage(std::cerr, 2);
  char const* const secret = std::getenv("CALLUNA_AMI_SECRET");
  if (secret == nullptr) return usage(std::cerr, 2);

  ami::client_options options;
  options.server.host = arguments[0];
  auto const& port = arguments[1];
  auto const [end, bad] =
      std::from_chars(port.data(), port.data() + port.size(), options.server.port);
  if (bad != std::errc{} || end != port.data() + port.size()) return usage(std::cerr, 2);
  options.user = arguments[2];
  options.secret = secret;

  boost::asio::io_context loop;
  tail listener({arguments.begin() + 3, arguments.end()});
  ami::client client(loop.get_executor(), options, {}, listener);
  client.start();

  // After `stop` nothing is left to do, and `run` returns.
  boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code const&, int) { client.stop(); });
  loop.run();
}
