#include "call_keeper.hpp"

#include "read_back.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <utility>
#include <vector>

namespace calluna::runtime {
namespace {

namespace asio = boost::asio;
using calls::call_file;

constexpr std::chrono::seconds pace{1};

}  // namespace

call_keeper::call_keeper(io::executor io, std::filesystem::path file, logger log)
    : io_(io), path_(std::move(file)), log_(std::move(log)), timer_(std::move(io)) {}

call_keeper::~call_keeper() = default;

void call_keeper::load(unique_function<void(call_file::content)> done) {
  thread_ = std::make_unique<worker_pool>("calls", 1);
  file_ = std::make_shared<std::optional<call_file>>();
  asio::post(thread_->executor(), [io = io_, alive = std::weak_ptr(alive_), file = file_,
                                   path = path_, log = log_, done = std::move(done)]() mutable {
    call_file::content kept;
    auto opened = call_file::open(path.string());
    auto read = opened ? opened->read() : result<call_file::content>(fail(opened.error()));
    if (read) {
      kept = std::move(*read);
      file->emplace(std::move(*opened));
    } else {
      log.error(fmt::format("live calls will not survive a restart: {}", read.error().message));
    }
    if (kept.unreadable != 0)
      log.warning(
          fmt::format("{} of the calls kept by an earlier run cannot be read", kept.unreadable));
    asio::post(io, [alive, kept = std::move(kept), done = std::move(done)]() mutable {
      if (!alive.expired()) done(std::move(kept));
    });
  });
}

void call_keeper::note(calls::call_news const& news, std::string const& pbx) {
  if (!news.call || finished_) return;
  auto const& id = news.call->id;
  changes_[id] = {id, pbx, news.call->ended() ? nullptr : news.call};
  if (!news.other.empty()) changes_[news.other] = {news.other, pbx, nullptr};
  write_later();
}

void call_keeper::write_later() {
  if (waiting_ || batch_ || changes_.empty()) return;
  waiting_ = true;
  timer_.expires_after(pace);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code const& code) {
    if (code || alive.expired()) return;
    waiting_ = false;
    write();
  });
}

std::vector<call_file::change> call_keeper::take_changes() {
  std::vector<call_file::change> list;
  for (auto& [id, change] : std::exchange(changes_, {})) list.push_back(std::move(change));
  return list;
}

void call_keeper::write() {
  batch_ = std::make_shared<std::vector<call_file::change> const>(take_changes());
  asio::post(thread_->executor(), [this, io = io_, alive = std::weak_ptr(alive_), file = file_,
                                   log = log_, at = moment_now(), batch = batch_] {
    if (*file)
      if (auto const done = (*file)->write(*batch, at); !done)
        log.error(fmt::format("{} changes of live calls are not kept: {}", batch->size(),
                              done.error().message));
    asio::post(io, [this, alive] {
      if (alive.expired()) return;
      batch_.reset();
      write_later();
    });
  });
}

void call_keeper::finish() {
  alive_.reset();  // no call-back follows: neither the timer's, which may be due, nor what was read
  if (std::exchange(finished_, true) || !thread_) return;
  timer_.cancel();
  thread_.reset();
  if (!*file_) return;
  // What the thread had not come to goes first; twice does no harm.
  auto rest = batch_ ? *batch_ : std::vector<call_file::change>{};
  for (auto& change : take_changes()) rest.push_back(std::move(change));
  if (auto const done = (*file_)->write(rest, moment_now()); !done)
    log_.error(fmt::format("live calls are not kept: {}", done.error().message));
}

}  // namespace calluna::runtime
