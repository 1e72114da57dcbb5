#include "agi_connect.hpp"
#include "ari_connection.hpp"
#include "connection.hpp"

#include <calluna/sim/pbx.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <set>

namespace calluna::sim {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

class pbx::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(io::executor on, pbx_options o)
      : options_(std::move(o)),
        machine_(options_.machine),
        actors_(machine_),
        ami_(machine_, options_.ami),
        ari_(machine_),
        agi_(machine_),
        on_(on),
        ami_door_(on),
        ari_door_(on),
        timer_(on) {}

  result<void> listen() {
    if (auto opened = open(ami_door_, options_.ami_port, "AMI"); !opened) return opened;
    if (auto opened = open(ari_door_, options_.ari_port, "ARI"); !opened) return opened;
    accept_ami();
    accept_ari();
    agi_.on_request = [this](agi_request const& r) { connect_to(r); };
    began_ = steady::now();
    open_ = true;
    around([] {});
    return {};
  }

  /// Runs `what` at the right time, then what is due.
  void around(std::function<void()> const& what) {
    if (inside_) return what();
    inside_ = true;
    catch_up();
    what();
    catch_up();
    inside_ = false;
    arm();
  }

  void close() {
    open_ = false;
    error_code ignored;
    ami_door_.close(ignored);
    ari_door_.close(ignored);
    timer_.cancel();
    drop();
  }
  void drop() {
    auto const all = lines_;
    for (auto const& line : all) line->close();
  }

  pbx_options options_;
  sim::machine machine_;
  sim::actors actors_;
  ami_front ami_;
  ari_front ari_;
  agi_front agi_;
  io::executor on_;
  tcp::acceptor ami_door_, ari_door_;

 private:
  static result<void> open(tcp::acceptor& door, std::uint16_t port, char const* name) {
    error_code code;
    door.open(tcp::v4());
    door.set_option(tcp::acceptor::reuse_address(true));
    door.bind({asio::ip::address_v4::loopback(), port}, code);
    if (!code) door.listen(asio::socket_base::max_listen_connections, code);
    if (code)
      return fail(error_kind::offline, fmt::format("{}: port {}: {}", name, port, code.message()),
                  false, code);
    return {};
  }

  moment time_now() const {
    if (!options_.real_time || !open_) return machine_.now();
    auto const passed = std::chrono::duration<double>(steady::now() - began_) * options_.pace;
    return options_.machine.began + std::chrono::duration_cast<span>(passed);
  }
  void catch_up() { machine_.time().advance_to(time_now()); }

  void arm() {
    auto const next = machine_.time().next();
    if (!options_.real_time || !open_ || !next) return;
    auto const wait = std::chrono::duration<double>(*next - time_now()) / options_.pace;
    timer_.expires_after(std::max(std::chrono::duration_cast<steady::duration>(wait),
                                  steady::duration(std::chrono::microseconds(100))));
    timer_.async_wait([self = weak_from_this()](error_code const& code) {
      if (auto const pbx = self.lock(); pbx && !code && pbx->open_) pbx->around([] {});
    });
  }

  void accept_ami() {
    ami_door_.async_accept([self = weak_from_this()](error_code const& code, tcp::socket socket) {
      auto const pbx = self.lock();
      if (!pbx || code) return;
      auto const line = std::make_shared<connection>(std::move(socket));
      pbx->lines_.insert(line);
      auto const talk = std::make_shared<ami_talk>(
          pbx->ami_, [to = std::weak_ptr(line)](std::string const& bytes) {
            if (auto const open = to.lock()) open->send(bytes);
          });
      line->on_bytes = [self, talk, to = std::weak_ptr(line)](std::string_view bytes) {
        auto const owner = self.lock();
        if (!owner) return;
        owner->around([&] { talk->take(bytes); });
        if (auto const open = to.lock(); open && talk->over()) open->close_after_sending();
      };
      line->on_end = [self, to = std::weak_ptr(line)] {
        if (auto const owner = self.lock()) owner->lines_.erase(to.lock());
      };
      talk->begin();
      line->read();
      pbx->accept_ami();
    });
  }

  void accept_ari() {
    ari_door_.async_accept([self = weak_from_this()](error_code const& code, tcp::socket socket) {
      auto const pbx = self.lock();
      if (!pbx || code) return;
      auto const line = std::make_shared<connection>(std::move(socket));
      pbx->lines_.insert(line);
      auto const talk = std::make_shared<ari_connection>(pbx->ari_, pbx->options_.ari, line,
                                                         [self](std::function<void()> const& what) {
                                                           if (auto const owner = self.lock())
                                                             owner->around(what);
                                                         });
      talk->start();
      auto const ended = line->on_end;
      line->on_end = [self, ended, to = std::weak_ptr(line)] {
        auto const owner = self.lock();
        if (!owner) return;
        ended();
        owner->lines_.erase(to.lock());
      };
      pbx->accept_ari();
    });
  }

  void connect_to(agi_request const& r) {
    connect_agi(on_, r.url, [self = weak_from_this(), r](std::optional<tcp::socket> socket) {
      auto const pbx = self.lock();
      if (!pbx || !pbx->open_) return;
      if (!socket) return pbx->around([&] { pbx->agi_.refuse(r); });
      pbx->talk_agi(r, std::make_shared<connection>(std::move(*socket)));
    });
  }

  void talk_agi(agi_request const& r, std::shared_ptr<connection> const& line) {
    lines_.insert(line);
    auto const talk =
        std::make_shared<agi_talk>(agi_, r, [to = std::weak_ptr(line)](std::string const& bytes) {
          if (auto const open = to.lock()) open->send(bytes);
        });
    auto const around_here = [self = weak_from_this()](std::function<void()> const& what) {
      if (auto const pbx = self.lock()) pbx->around(what);
    };
    line->on_bytes = [around_here, talk, to = std::weak_ptr(line)](std::string_view bytes) {
      around_here([&] { talk->take(bytes); });
      if (auto const open = to.lock(); open && talk->over()) open->close_after_sending();
    };
    line->on_end = [self = weak_from_this(), around_here, talk, to = std::weak_ptr(line)] {
      around_here([&] { talk->close(); });
      if (auto const pbx = self.lock()) pbx->lines_.erase(to.lock());
    };
    around([&] { talk->begin(); });
    line->read();
  }

  asio::steady_timer timer_;
  steady::time_point began_{};
  bool open_ = false, inside_ = false;
  std::set<std::shared_ptr<connection>> lines_;
};

pbx::pbx(io::executor on, pbx_options options)
    : impl_(std::make_shared<impl>(std::move(on), std::move(options))) {}
pbx::~pbx() {
  impl_->close();
}
machine& pbx::machine() {
  return impl_->machine_;
}
actors& pbx::actors() {
  return impl_->actors_;
}
ami_front& pbx::ami() {
  return impl_->ami_;
}
ari_front& pbx::ari() {
  return impl_->ari_;
}
result<void> pbx::listen() {
  return impl_->listen();
}
std::uint16_t pbx::ami_port() const {
  return impl_->ami_door_.local_endpoint().port();
}
std::uint16_t pbx::ari_port() const {
  return impl_->ari_door_.local_endpoint().port();
}
agi_front& pbx::agi() {
  return impl_->agi_;
}
void pbx::advance(span by) {
  impl_->machine_.time().advance_to(impl_->machine_.now() + by);
}
void pbx::settle() {
  impl_->around([] {});
}
void pbx::drop_connections() {
  impl_->drop();
}
void pbx::close() {
  impl_->close();
}

}  // namespace calluna::sim
