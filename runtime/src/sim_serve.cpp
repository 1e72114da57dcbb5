#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/sim.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <ostream>

namespace calluna::runtime {

int serve_sim(scenario const& what, std::ostream& out, std::ostream& err) {
  boost::asio::io_context loop{1};
  sim::pbx pbx(loop.get_executor(), what.pbx);
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
             "and beside it: echo {4} > sim.secret && chmod 600 sim.secret\n",
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
  return exit_done;
}

}  // namespace calluna::runtime
