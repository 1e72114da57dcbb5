#include "served_sim.hpp"

#include <calluna/runtime/log.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <fmt/format.h>

#include <ostream>
#include <unistd.h>

namespace calluna::runtime {
namespace {

/// A job in the background must not read the terminal: it would be stopped.
bool keyboard_is_ours() {
  return ::isatty(STDIN_FILENO) == 0 || ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

/// Others look at their own clock when they read its times.
sim::pbx_options from_now(sim::pbx_options options) {
  options.real_time = true;
  options.machine.began = std::chrono::time_point_cast<sim::span>(std::chrono::system_clock::now());
  return options;
}

}  // namespace

/// Standard input, line by line, to the console. Its end is not the PBX's.
class served_sim::keyboard {
 public:
  keyboard(boost::asio::io_context& loop, sim::pbx& pbx, std::ostream& out)
      : input_(loop), pbx_(pbx), console_(pbx.machine()), out_(out) {
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
          pbx_.settle();  // it is as late as it is
          auto const said = console_.obey(std::string_view(typed_).substr(0, n - 1));
          out_ << (said ? *said : escape_controls(said.error().message) + "\n") << std::flush;
          pbx_.settle();  // what comes of it has its time
          typed_.erase(0, n);
          read();
        });
  }

  static constexpr std::size_t longest_line = 4096;
  boost::asio::posix::stream_descriptor input_;
  sim::pbx& pbx_;
  sim_console console_;
  std::ostream& out_;
  std::string typed_;
};

served_sim::served_sim(sim::pbx_options options, std::ostream& out)
    : options_(from_now(std::move(options))),
      out_(out),
      pbx_(std::make_unique<sim::pbx>(loop_.get_executor(), options_)),
      signals_(loop_, SIGTERM, SIGINT) {
  signals_.async_wait([this](boost::system::error_code const& code, int) {
    if (code) return;
    stopped_ = true;
    loop_.stop();
  });
}

served_sim::~served_sim() = default;

result<void> served_sim::listen() {
  if (auto opened = pbx_->listen(); !opened) return opened;
  out_ << fmt::format(
              "The offline PBX listens on AMI 127.0.0.1:{0} and ARI 127.0.0.1:{1}. In "
              "calluna.toml:\n\n"
              "[pbx.main.ami]\nport = {0}\nuser = \"{2}\"\nsecret_file = \"sim.secret\"\n"
              "[pbx.main.ari]\nurl = \"http://127.0.0.1:{1}/ari\"\nuser = \"{3}\"\n"
              "password_file = \"sim.secret\"\n\n"
              "and beside it: echo {4} > sim.secret && chmod 600 sim.secret\n\n"
              "Lines like 'call +14155550101 100' let somebody call; 'help' has the others.\n",
              pbx_->ami_port(), pbx_->ari_port(), options_.ami[0].user, options_.ari[0].user,
              options_.ami[0].secret)
       << std::flush;
  pbx_->machine().listen([this](sim::event const& e) { tell(e); });
  typed_ = std::make_unique<keyboard>(loop_, *pbx_, out_);
  return {};
}

void served_sim::tell(sim::event const& e) {
  using kind = sim::event_kind;
  auto const& machine = pbx_->machine();
  auto const seconds =
      std::chrono::duration<double>(machine.now() - machine.options().began).count();
  auto const said = [&](std::string const& text) {
    out_ << fmt::format("{:9.2f}  {}\n", seconds, text) << std::flush;
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
  if (e.kind == kind::parking_event) said(fmt::format("{}: {}", e.channel->name, e.name));
  if (e.kind == kind::channel_ended) said(fmt::format("{} ended: {}", e.channel->name, e.name));
}

bool served_sim::run_for(sim::span time) {
  bool over = false;
  pbx_->machine().time().after(time, [&over] { over = true; });
  pbx_->settle();  // it sets its timer
  while (!over && !stopped_) loop_.run_one();
  return !stopped_;
}

void served_sim::run() {
  if (!stopped_) loop_.run();
}

void served_sim::tell_missing() {
  auto const told = [&](auto const& unsupported, char const* protocol) {
    for (auto const& [name, times] : unsupported)
      out_ << fmt::format("{}: {} was asked for {} times; the offline PBX does not have it\n",
                          protocol, name, times);
  };
  told(pbx_->ami().unsupported(), "AMI");
  told(pbx_->ari().unsupported(), "ARI");
  told(pbx_->agi().unsupported(), "AGI");
}

}  // namespace calluna::runtime
