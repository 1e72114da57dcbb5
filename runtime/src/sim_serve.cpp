#include "sim_console.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/log.hpp>
#include <calluna/runtime/sim.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <ostream>
#include <unistd.h>

namespace calluna::runtime {
namespace {

/// A job in the background must not read the terminal: it would be stopped.
bool keyboard_is_ours() {
  return ::isatty(STDIN_FILENO) == 0 || ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

/// Standard input, line by line, to the console. Its end is not the PBX's.
class keyboard {
 public:
  keyboard(boost::asio::io_context& loop, sim::machine& machine, std::ostream& out)
      : input_(loop), console_(machine), out_(out) {
    if (!keyboard_is_ours()) return;
    boost::system::error_code closed;
    input_.assign(::dup(STDIN_FILENO), closed);
    if (!closed) read();
  }

 private:
  void read() {
    boost::asio::async_read_until(
        input_, boost::asio::dynamic_buffer(typed_, longest_line), '\n',
        [this](boost::system::error_code const& code, std::size_t n) {
          if (code) return;
          auto const said = console_.obey(std::string_view(typed_).substr(0, n - 1));
          out_ << (said ? *said : escape_controls(said.error().message) + "\n") << std::flush;
          typed_.erase(0, n);
          read();
        });
  }

  static constexpr std::size_t longest_line = 4096;
  boost::asio::posix::stream_descriptor input_;
  sim_console console_;
  std::ostream& out_;
  std::string typed_;
};

}  // namespace

int serve_sim(scenario const& what, std::ostream& out, std::ostream& err) {
  boost::asio::io_context loop{1};
  // Others look at their own clock when they read its times.
  auto options = what.pbx;
  options.machine.began = std::chrono::time_point_cast<sim::span>(std::chrono::system_clock::now());
  sim::pbx pbx(loop.get_executor(), options);
  auto ready = set_up(pbx, what);
  if (ready) ready = pbx.listen();
  if (!ready) {
    err << "calluna sim: " << ready.error().message << '\n';
    return exit_failure;
  }
  out << fmt::format(
             "The offline PBX listens on AMI 127.0.0.1:{0} and ARI 127.0.0.1:{1}. In "
             "calluna.toml:\n\n"
             "[pbx.main.ami]\nport = {0}\nuser = \"{2}\"\nsecret_file = \"sim.secret\"\n"
             "[pbx.main.ari]\nurl = \"http://127.0.0.1:{1}/ari\"\nuser = \"{3}\"\n"
             "password_file = \"sim.secret\"\n\n"
             "and beside it: echo {4} > sim.secret && chmod 600 sim.secret\n\n"
             "Lines like 'call +14155550101 100' let somebody call; 'help' has the others.\n",
             pbx.ami_port(), pbx.ari_port(), what.pbx.ami[0].user, what.pbx.ari[0].user,
             what.pbx.ami[0].secret)
      << std::flush;
  pbx.machine().listen([&](sim::event const& e) {
    using kind = sim::event_kind;
    auto const seconds =
        std::chrono::duration<double>(pbx.machine().now() - pbx.machine().options().began).count();
    auto const said = [&](std::string const& text) {
      out << fmt::format("{:9.2f}  {}\n", seconds, text) << std::flush;
    };
    if (e.kind == kind::channel_created)
      said(fmt::format("{} {}", e.channel->name,
                       e.channel->state == sim::channel_state::ring
                           ? "calls " + e.channel->place.exten + " from " + e.channel->caller.number
                           : "is called"));
    if (e.kind == kind::channel_state)
      said(fmt::format("{} {}", e.channel->name, to_string(e.channel->state)));
    if (e.kind == kind::stasis_start) said(fmt::format("{} enters {}", e.channel->name, e.name));
    if (e.kind == kind::bridge_entered && e.bridge->channels.size() > 1)
      said(fmt::format("{} talks", e.channel->name));
    if (e.kind == kind::channel_ended) said(fmt::format("{} ended: {}", e.channel->name, e.name));
  });
  keyboard const typed(loop, pbx.machine(), out);
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code const& code, int) {
    if (!code) loop.stop();
  });
  loop.run();
  auto const told = [&](auto const& unsupported, char const* protocol) {
    for (auto const& [name, times] : unsupported)
      out << fmt::format("{}: {} was asked for {} times; the offline PBX does not have it\n",
                         protocol, name, times);
  };
  told(pbx.ami().unsupported(), "AMI");
  told(pbx.ari().unsupported(), "ARI");
  told(pbx.agi().unsupported(), "AGI");
  return exit_done;
}

}  // namespace calluna::runtime
