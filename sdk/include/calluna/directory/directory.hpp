#pragma once
#include <calluna/directory/partner.hpp>
#include <calluna/directory/resolve.hpp>
#include <calluna/directory/snapshot.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/numbers/reader.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::directory {

struct directory_options {
  /// The SQLite file; "": kept in memory only.
  std::string database;
  /// How numbers without a country code are read, of partners without a region of their own.
  std::string region;
  /// Older than this, it is stale.
  std::chrono::seconds stale_after{3600};
};

/// What a source of partners tells in one step.
struct changes {
  std::vector<partner> upserts;
  /// Ids of those that are gone.
  std::vector<std::string> deletes;
  /// Where to go on after this step; kept. Empty: as before.
  std::string cursor;
  /// The last step: everything the source had to tell has been told.
  bool done = true;
};

/// What became of them.
struct applied {
  std::size_t put = 0;
  std::size_t deleted = 0;
  /// Numbers that are none: too short, or without a country code and region. Their partners are
  /// kept, and found by their others.
  std::size_t unreadable = 0;
};

/// For `calluna status`.
struct directory_status {
  std::size_t partners = 0;
  std::size_t numbers = 0;
  std::size_t index_bytes = 0;
  std::size_t text_bytes = 0;
  /// Who filled it ("odoo main", a file's path); empty: nobody yet.
  std::string source;
  /// When the source had last told everything; nothing: never.
  std::optional<std::chrono::system_clock::time_point> refreshed_at;
  bool stale = true;
  /// Partners of a full run that has not come to its end yet.
  std::optional<std::size_t> filling;
  /// Why the source cannot be asked; empty if it can.
  std::string last_error;
};

/// Who is calling: all partners, always in memory, kept in SQLite.
///
/// Reading never waits: `current` and everything in it may be used on any thread. Writing happens
/// on `blocking`, one step after the other, and comes to light at once, as a new snapshot. Each
/// completion runs there, exactly once.
class directory : public std::enable_shared_from_this<directory> {
 public:
  template <class T>
  using completion = unique_function<void(result<T>)>;

  /// Never null; empty until `open` is done.
  static std::shared_ptr<directory> create(io::executor blocking, directory_options options,
                                           logger log);
  ~directory();

  /// Loads what is kept. Errors: `protocol`, the file is damaged; `invalid`, it is of a newer
  /// Calluna. It is left as it is, nothing will be written to it, and the directory stays empty.
  void open(completion<void> done);

  /// Counts the snapshots: as long as it is the same, so is `current`. Costs one load.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
  /// The snapshot now. May wait for another `current`, never for a writer's work: keep what you got
  /// until `version` changes.
  std::shared_ptr<snapshot const> current() const;

  /// A full run begins: what follows in `apply` is gathered beside the partners that are served,
  /// and replaces them all with the step that is `done`. A run before that had no such step is
  /// forgotten.
  void begin_full(std::string source, completion<void> done);
  /// One step; a single transaction. After `begin_full`, part of that run; else changes of what is
  /// served.
  void apply(changes step, completion<applied> done);
  /// Where `source` left off. Empty: a full run is due, because there was none, or one of another
  /// source, or the numbers were read by another region.
  void cursor(std::string source, completion<std::string> done);
  /// Keeps who works there as `source` told it, in a text of the caller's.
  void keep_users(std::string source, std::string text, completion<void> done);
  /// That text. Empty: there is none of this source.
  void kept_users(std::string source, completion<std::string> done);
  /// The source cannot be asked; "": it can again.
  void note_error(std::string text);

  directory_status status() const;

 private:
  friend class directory_reader;
  // A reader has let go of a large snapshot.
  void free_replaced();

  class impl;
  directory(io::executor blocking, directory_options options, logger log);
  std::unique_ptr<impl> impl_;
  std::atomic<std::uint64_t> version_{0};
};

/// One thread's way of asking. It holds the snapshot it saw last, none before the first `now`: one
/// that is asked seldom should be given a `now` from time to time, or a replaced snapshot stays in
/// memory.
class directory_reader {
 public:
  /// Without a directory it knows nobody.
  explicit directory_reader(std::shared_ptr<directory> of);

  /// The snapshot now.
  snapshot const& now() {
    if (of_ && of_->version() != version_) renew();
    return *snapshot_;
  }
  /// Which one `now` gave last: what was found in it is true as long as this stays.
  std::uint64_t version() const noexcept { return version_; }
  /// The partners with that number, as `resolve` sees them.
  resolution lookup(numbers::e164 number, consolidation policy = consolidation::parent);

 private:
  void renew();
  std::shared_ptr<directory> of_;
  std::shared_ptr<snapshot const> snapshot_;
  std::uint64_t version_ = UINT64_MAX;
};

/// The partners with that number in `in`, as `resolve` sees them.
resolution lookup(snapshot const& in, numbers::e164 number,
                  consolidation policy = consolidation::parent);

/// The keys of a partner's numbers; how many could not be read is added to `unreadable`.
std::vector<numbers::e164> keys_of(partner const& p, numbers::reader& with, std::string_view region,
                                   std::size_t& unreadable);

}  // namespace calluna::directory
