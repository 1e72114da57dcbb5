#include "partner_file.hpp"

#include <calluna/directory/directory.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <charconv>
#include <mutex>
#include <utility>

namespace calluna::directory {

namespace asio = boost::asio;
using std::chrono::system_clock;

namespace {

std::string text_of(system_clock::time_point at) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
}

std::optional<system_clock::time_point> time_of(std::string_view text) {
  std::int64_t seconds = 0;
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (code != std::errc{} || text.empty()) return {};
  return system_clock::time_point(std::chrono::seconds(seconds));
}

constexpr std::size_t remembered_numbers = 1 << 12;

}  // namespace

/// What the writer has, on its strand; and what everybody sees, under a mutex.
class directory::impl {
 public:
  impl(directory& self, io::executor blocking, directory_options chosen, logger to)
      : strand(asio::make_strand(std::move(blocking))),
        options(std::move(chosen)),
        log(std::move(to)),
        self_(self) {}

  result<void> open();
  result<void> begin_full(std::string source);
  result<applied> apply(changes const& step);
  result<std::string> cursor(std::string const& source);
  result<void> keep_users(std::string const& source, std::string const& text);
  result<std::string> kept_users(std::string const& source);

  /// Frees replaced snapshots that nobody has any more.
  void free_replaced() {
    std::erase_if(replaced_, [](auto const& one) { return one.use_count() == 1; });
  }

  asio::strand<io::executor> strand;
  directory_options options;
  logger log;

  struct shared {
    std::shared_ptr<snapshot const> partners = std::make_shared<snapshot>();
    directory_status status;
  };
  mutable std::mutex mutex;
  shared seen;

 private:
  result<void> need_file();
  result<applied> apply_to(partner_file& file, changes const& step,
                           std::vector<kept_partner>& kept);
  void show(std::shared_ptr<snapshot const> partners);
  template <class Call>
  void tell(Call&& call) {
    std::lock_guard const lock(mutex);
    call(seen.status);
  }

  directory& self_;
  std::optional<partner_file> file_;
  numbers::reader reader_{remembered_numbers};
  // Kept until no reader has them: to free a hundred megabytes is nothing for a call's thread.
  std::vector<std::shared_ptr<snapshot const>> replaced_;
  bool gathering_ = false;
  std::string gathering_source_;
};

void directory::impl::show(std::shared_ptr<snapshot const> partners) {
  directory_status counts;
  counts.partners = partners->partners();
  counts.numbers = partners->numbers();
  counts.index_bytes = partners->index_bytes();
  counts.text_bytes = partners->text_bytes();
  std::shared_ptr<snapshot const> old;
  {
    std::lock_guard const lock(mutex);
    old = std::exchange(seen.partners, std::move(partners));
    auto& s = seen.status;
    s.partners = counts.partners;
    s.numbers = counts.numbers;
    s.index_bytes = counts.index_bytes;
    s.text_bytes = counts.text_bytes;
  }
  self_.version_.fetch_add(1, std::memory_order_release);
  replaced_.push_back(std::move(old));
  free_replaced();
}

result<void> directory::impl::open() {
  auto opened = partner_file::open(options.database);
  if (!opened) return tl::unexpected(opened.error());
  auto loaded = opened->load();
  if (!loaded) return tl::unexpected(loaded.error());
  auto const source = opened->get("source"), refreshed = opened->get("refreshed_at");
  if (!source) return tl::unexpected(source.error());
  if (!refreshed) return tl::unexpected(refreshed.error());
  file_.emplace(std::move(*opened));
  tell([&](directory_status& s) {
    s.source = *source;
    s.refreshed_at = time_of(*refreshed);
  });
  show(std::move(*loaded));
  return {};
}

result<void> directory::impl::need_file() {
  if (file_) return {};
  return fail(error_kind::protocol, "the directory's file is not open");
}

result<std::string> directory::impl::cursor(std::string const& source) {
  if (auto there = need_file(); !there) return tl::unexpected(there.error());
  auto const region = file_->get("region"), filled_by = file_->get("source");
  if (!region) return tl::unexpected(region.error());
  if (!filled_by) return tl::unexpected(filled_by.error());
  if (*region != options.region || *filled_by != source) return std::string{};
  return file_->get("cursor");
}

result<void> directory::impl::keep_users(std::string const& source, std::string const& text) {
  if (auto there = need_file(); !there) return there;
  auto all = file_->begin();
  if (!all) return tl::unexpected(all.error());
  result<void> ok = file_->set("users", text);
  if (ok) ok = file_->set("users_source", source);
  return ok ? all->commit() : ok;
}

result<std::string> directory::impl::kept_users(std::string const& source) {
  if (auto there = need_file(); !there) return tl::unexpected(there.error());
  auto const told_by = file_->get("users_source");
  if (!told_by) return tl::unexpected(told_by.error());
  if (*told_by != source) return std::string{};
  return file_->get("users");
}

result<void> directory::impl::begin_full(std::string source) {
  if (auto there = need_file(); !there) return there;
  if (auto begun = file_->begin_gathering(); !begun) return begun;
  gathering_ = true;
  gathering_source_ = std::move(source);
  tell([](directory_status& s) { s.filling = 0; });
  return {};
}

result<applied> directory::impl::apply(changes const& step) {
  if (auto there = need_file(); !there) return tl::unexpected(there.error());
  std::vector<kept_partner> kept;
  auto done = apply_to(*file_, step, kept);
  if (!done) return done;
  if (gathering_ && !step.done) {
    tell([&](directory_status& s) { s.filling = s.filling.value_or(0) + done->put; });
    return done;
  }
  if (std::exchange(gathering_, false)) {
    auto loaded = file_->load();
    if (!loaded) return tl::unexpected(loaded.error());
    tell([this](directory_status& s) {
      s.filling.reset();
      s.source = gathering_source_;
    });
    show(std::move(*loaded));
  } else if (!step.upserts.empty() || !step.deletes.empty()) {
    snapshot_builder builder(seen.partners);  // only this strand changes it
    for (auto const& one : kept) builder.put(one.record, one.numbers);
    for (auto const& id : step.deletes) builder.remove(id);
    show(builder.finish());
  }
  if (step.done)
    tell([](directory_status& s) {
      s.refreshed_at = system_clock::now();
      s.last_error.clear();
    });
  return done;
}

result<applied> directory::impl::apply_to(partner_file& file, changes const& step,
                                          std::vector<kept_partner>& kept) {
  applied count;
  for (auto const& p : step.upserts) {
    if (p.id.empty()) return fail(error_kind::invalid, "a partner without an id: " + p.name);
    kept.push_back({encode(p), keys_of(p, reader_, options.region, count.unreadable)});
  }
  count.put = kept.size();
  auto all = file.begin();
  if (!all) return tl::unexpected(all.error());
  result<void> ok = file.put(kept, gathering_);
  if (ok) {
    auto removed = file.remove(step.deletes, gathering_);
    if (!removed) return tl::unexpected(removed.error());
    count.deleted = *removed;
  }
  if (ok && gathering_ && step.done) {
    ok = file.take_gathered();
    if (ok) ok = file.set("source", gathering_source_);
    if (ok) ok = file.set("region", options.region);
  }
  // The cursor of a full run counts only once it has come to its end.
  if (ok && !step.cursor.empty() && (!gathering_ || step.done))
    ok = file.set("cursor", step.cursor);
  if (ok && step.done) ok = file.set("refreshed_at", text_of(system_clock::now()));
  if (ok) ok = all->commit();
  if (!ok) return tl::unexpected(ok.error());
  return count;
}

// -- the face

std::shared_ptr<directory> directory::create(io::executor blocking, directory_options options,
                                             logger log) {
  return std::shared_ptr<directory>(
      new directory(std::move(blocking), std::move(options), std::move(log)));
}

directory::directory(io::executor blocking, directory_options options, logger log)
    : impl_(
          std::make_unique<impl>(*this, std::move(blocking), std::move(options), std::move(log))) {}

directory::~directory() = default;

std::shared_ptr<snapshot const> directory::current() const {
  std::lock_guard const lock(impl_->mutex);
  return impl_->seen.partners;
}

void directory::open(completion<void> done) {
  asio::post(impl_->strand, [self = shared_from_this(), done = std::move(done)]() mutable {
    done(self->impl_->open());
  });
}

void directory::begin_full(std::string source, completion<void> done) {
  asio::post(impl_->strand, [self = shared_from_this(), source = std::move(source),
                             done = std::move(done)]() mutable {
    done(self->impl_->begin_full(std::move(source)));
  });
}

void directory::apply(changes step, completion<applied> done) {
  asio::post(impl_->strand, [self = shared_from_this(), step = std::move(step),
                             done = std::move(done)]() mutable { done(self->impl_->apply(step)); });
}

void directory::cursor(std::string source, completion<std::string> done) {
  asio::post(impl_->strand,
             [self = shared_from_this(), source = std::move(source),
              done = std::move(done)]() mutable { done(self->impl_->cursor(source)); });
}

void directory::keep_users(std::string source, std::string text, completion<void> done) {
  asio::post(impl_->strand,
             [self = shared_from_this(), source = std::move(source), text = std::move(text),
              done = std::move(done)]() mutable { done(self->impl_->keep_users(source, text)); });
}

void directory::kept_users(std::string source, completion<std::string> done) {
  asio::post(impl_->strand,
             [self = shared_from_this(), source = std::move(source),
              done = std::move(done)]() mutable { done(self->impl_->kept_users(source)); });
}

void directory::free_replaced() {
  asio::post(impl_->strand, [self = shared_from_this()] { self->impl_->free_replaced(); });
}

void directory::note_error(std::string text) {
  std::lock_guard const lock(impl_->mutex);
  impl_->seen.status.last_error = std::move(text);
}

directory_status directory::status() const {
  std::lock_guard const lock(impl_->mutex);
  auto s = impl_->seen.status;
  s.stale = !s.refreshed_at || system_clock::now() - *s.refreshed_at > impl_->options.stale_after;
  return s;
}

}  // namespace calluna::directory
