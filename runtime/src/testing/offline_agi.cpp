#include "offline_agi.hpp"

#include <calluna/agi/session.hpp>

#include <boost/asio/post.hpp>

#include <deque>
#include <optional>

namespace calluna::runtime::testing {

namespace asio = boost::asio;

namespace {

error ended_error() {
  return {error_kind::gone, "the AGI session has ended", false, {}};
}

}  // namespace

/// Both ends of one talk, and what lies between them.
class offline_agi::line : public std::enable_shared_from_this<line> {
 public:
  line(offline_agi& of, sim::agi_request request)
      : owner_(&of),
        on_(of.on_),
        talk_(std::make_unique<sim::agi_talk>(of.front_, std::move(request),
                                              [this](std::string const& bytes) {
                                                heard_ += bytes;
                                                work_later();
                                              })) {}

  /// Whether the PBX has told who calls.
  bool begin() {
    talk_->begin();
    hear();
    return session_.now_in() == agi::session::phase::idle;
  }
  agi::environment const& call() const noexcept { return session_.call(); }
  bool gone() const noexcept { return ended_ || session_.hung_up(); }
  void on_gone(unique_function<void()> tell) {
    tell_ = std::move(tell);
    work_later();
  }
  void submit(std::string command, agi::connection::completion done) {
    queue_.push_back({std::move(command), std::move(done)});
    work_later();
  }
  void close() {
    asio::post(on_, [self = shared_from_this()] { self->end(); });
  }
  /// Its PBX is about to go.
  void cut() {
    owner_ = nullptr;
    talk_.reset();
  }

 private:
  struct waiting {
    std::string command;
    agi::connection::completion done;
  };

  void work_later() {
    if (std::exchange(posted_, true)) return;
    asio::post(on_, [self = shared_from_this()] {
      self->posted_ = false;
      self->work();
    });
  }

  /// What the PBX has said is heard, and what was asked goes to it.
  void work() {
    hear();
    while (!ended_ && talk_ && !queue_.empty() && session_.now_in() == agi::session::phase::idle) {
      auto next = std::move(queue_.front());
      queue_.pop_front();
      under_way_ = std::move(next.done);
      session_.submit(std::move(next.command));
      talk_->take(session_.take_output());
      hear();
    }
    if (ended_) fail_all();
    if (gone() && tell_) std::exchange(tell_, nullptr)();
  }

  void hear() {
    auto const bytes = std::exchange(heard_, {});
    if (bytes.empty() || ended_) return;
    if (auto const read = session_.received(bytes); !read) return end();
    auto reply = session_.take_reply();
    if (!reply || !under_way_) return;
    auto done = *std::exchange(under_way_, std::nullopt);
    if (auto failure = agi::failure_of(*reply))
      done(fail(std::move(*failure)));
    else
      done(std::move(*reply));
  }

  void fail_all() {
    if (under_way_) (*std::exchange(under_way_, std::nullopt))(fail(ended_error()));
    for (auto& one : std::exchange(queue_, {})) one.done(fail(ended_error()));
  }

  void end() {
    if (std::exchange(ended_, true)) return;
    auto const self = shared_from_this();
    session_.close();
    if (owner_ != nullptr) owner_->lines_.erase(self);
    if (talk_) talk_->close();
    talk_.reset();  // the PBX may go before whoever still holds this
    work_later();
  }

  offline_agi* owner_;
  io::executor on_;
  std::string heard_;  // said by the PBX, not read yet
  agi::session session_;
  std::unique_ptr<sim::agi_talk> talk_;
  std::deque<waiting> queue_;
  std::optional<agi::connection::completion> under_way_;
  unique_function<void()> tell_;
  bool ended_ = false, posted_ = false;
};

/// What an app holds of it: letting go ends it.
class offline_agi::held_line final : public agi::connection {
 public:
  explicit held_line(std::shared_ptr<line> of) : line_(std::move(of)) {}
  ~held_line() override { line_->close(); }
  agi::environment const& call() const noexcept override { return line_->call(); }
  void submit(std::string command, completion done) override {
    line_->submit(std::move(command), std::move(done));
  }
  bool gone() const noexcept override { return line_->gone(); }
  void on_gone(unique_function<void()> tell) override { line_->on_gone(std::move(tell)); }
  void close() override { line_->close(); }

 private:
  std::shared_ptr<line> line_;
};

offline_agi::offline_agi(io::executor on, sim::machine& machine)
    : on_(std::move(on)), front_(machine) {
  front_.on_request = [this](sim::agi_request const& r) {
    if (!on_call) return front_.refuse(r);
    auto const made = std::make_shared<line>(*this, r);
    lines_.insert(made);
    if (made->begin())
      on_call(std::make_shared<held_line>(made));
    else
      made->close();
  };
}

offline_agi::~offline_agi() {
  for (auto const& one : lines_) one->cut();
}

}  // namespace calluna::runtime::testing
