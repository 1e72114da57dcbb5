#include "watch_set.hpp"

#include <calluna/runtime/watcher.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>

namespace calluna::runtime {
namespace {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
}  // namespace

class watcher::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(io::executor on, int inotify, std::chrono::milliseconds debounce, logger log, report changed)
      : descriptor_(on, inotify),
        timer_(on),
        debounce_(debounce),
        log_(std::move(log)),
        set_(inotify, log_),
        changed_(std::move(changed)) {}

  void wait() {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                           [weak = weak_from_this()](error_code const& code) {
                             auto const self = weak.lock();
                             if (!self || code || self->closed_) return;
                             self->read_all();
                             self->wait();
                           });
  }

  void watch(fs::path const& root) {
    roots_.try_emplace(root);
    set_.scan(root);
  }
  void forget(fs::path const& root) {
    roots_.erase(root);
    set_.forget(root);
  }
  void close() {
    closed_ = true;
    error_code ignored;
    descriptor_.close(ignored);
    timer_.cancel();
  }

 private:
  /// When a root began to change, and until when it must be quiet. Both empty: nothing happened.
  struct root_state {
    clock::time_point first{}, due{};
    bool changed = false;
  };

  void read_all() {
    alignas(inotify_event) std::array<char, 64 * 1024> room;
    while (true) {
      auto const n = ::read(descriptor_.native_handle(), room.data(), room.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      take({room.data(), static_cast<std::size_t>(n)});
    }
    arm();
  }

  void take(std::string_view bytes) {
    while (bytes.size() >= sizeof(inotify_event)) {
      inotify_event head;
      std::memcpy(&head, bytes.data(), sizeof head);
      auto name = bytes.substr(sizeof head, head.len);
      name = name.substr(0, name.find('\0'));
      bytes.remove_prefix(sizeof head + head.len);
      if ((head.mask & IN_Q_OVERFLOW) != 0) {
        log_.warning(
            "the system's queue of file changes overflowed: everything is looked at again");
        for (auto& [root, state] : roots_) touch(state);
      } else if ((head.mask & IN_IGNORED) != 0) {
        set_.ended(head.wd);
      } else {
        for (auto const& root : set_.concerned(head.wd, name, head.mask))
          if (auto found = roots_.find(root); found != roots_.end()) touch(found->second);
      }
    }
  }

  void touch(root_state& state) {
    auto const now = clock::now();
    if (!state.changed) state.first = now;
    state.changed = true;
    state.due = std::min(now + debounce_, state.first + debounce_ * 10);
  }

  void arm() {
    auto next = clock::time_point::max();
    for (auto const& [root, state] : roots_)
      if (state.changed) next = std::min(next, state.due);
    if (next == clock::time_point::max()) return;
    timer_.expires_at(next);
    timer_.async_wait([weak = weak_from_this()](error_code const& code) {
      if (auto const self = weak.lock(); self && !code && !self->closed_) self->tell();
    });
  }

  void tell() {
    auto const now = clock::now();
    std::set<fs::path> due;
    for (auto& [root, state] : roots_) {
      if (!state.changed || state.due > now) continue;
      state.changed = false;
      due.insert(root);
    }
    // Before telling: what is in new folders already is seen by whoever reads now, what comes later
    // makes an event.
    for (auto const& root : due) set_.scan(root);
    arm();
    if (!due.empty()) changed_(due);
  }

  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  std::chrono::milliseconds debounce_;
  logger log_;
  watch_set set_;
  report changed_;
  bool closed_ = false;
  std::map<fs::path, root_state> roots_;
};

result<std::unique_ptr<watcher>> watcher::create(io::executor on,
                                                 std::chrono::milliseconds debounce, logger log,
                                                 report changed) {
  int const inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0)
    return fail(error_kind::rejected,
                fmt::format("files cannot be watched: {} (fs.inotify.max_user_instances?)",
                            std::generic_category().message(errno)));
  auto made = std::make_shared<impl>(on, inotify, debounce, std::move(log), std::move(changed));
  made->wait();
  return std::unique_ptr<watcher>(new watcher(std::move(made)));
}

watcher::watcher(std::shared_ptr<impl> made) : impl_(std::move(made)) {}
watcher::~watcher() {
  impl_->close();
}
void watcher::watch(fs::path const& path) {
  impl_->watch(path);
}
void watcher::forget(fs::path const& path) {
  impl_->forget(path);
}

}  // namespace calluna::runtime
