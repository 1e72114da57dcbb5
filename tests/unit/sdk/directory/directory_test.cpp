#include <calluna/directory/directory.hpp>
#include <calluna/store/database.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>
#include <unistd.h>

namespace calluna::directory {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

partner named(std::string id, std::string number, std::string name = "") {
  partner p;
  p.id = std::move(id);
  p.name = std::move(name);
  p.numbers = {std::move(number)};
  return p;
}

class directory_in_a_folder : public testing::Test {
 protected:
  directory_in_a_folder() { fs::create_directories(folder_); }
  ~directory_in_a_folder() override { fs::remove_all(folder_); }

  std::string file() const { return (folder_ / "d.sqlite").string(); }
  std::shared_ptr<directory> made(std::string region = "DE") {
    return directory::create(loop_.get_executor(),
                             {file(), std::move(region), std::chrono::hours(1)}, logger{});
  }
  std::shared_ptr<directory> opened(std::string region = "DE") {
    auto d = made(std::move(region));
    auto const ok = wait<void>([&](auto done) { d->open(std::move(done)); });
    EXPECT_TRUE(ok) << ok.error().message;
    return d;
  }
  template <class T, class Call>
  result<T> wait(Call call) {
    std::optional<result<T>> got;
    call([&](result<T> r) { got = std::move(r); });
    loop_.restart();
    loop_.run();
    return std::move(*got);
  }
  applied apply(directory& d, changes step) {
    auto const done = wait<applied>([&](auto f) { d.apply(std::move(step), std::move(f)); });
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(applied{});
  }
  void begin_full(directory& d, std::string source) {
    EXPECT_TRUE(wait<void>([&](auto f) { d.begin_full(std::move(source), std::move(f)); }));
  }
  std::string cursor(directory& d, std::string source) {
    return wait<std::string>([&](auto f) { d.cursor(std::move(source), std::move(f)); }).value();
  }
  static std::string who(directory const& d, std::string_view number) {
    numbers::reader read(64);
    auto const key = read.read(number, "DE");
    if (!key) return "no key";
    auto const snapshot = d.current();
    auto const r = lookup(*snapshot, *key);
    return r.ambiguous() ? "ambiguous" : std::string(r.partner.id());
  }

  boost::asio::io_context loop_;
  fs::path const folder_ =
      fs::temp_directory_path() / ("calluna_directory_test_" + std::to_string(::getpid()));
};

TEST_F(directory_in_a_folder, a_restart_serves_what_was_told_before) {
  {
    auto d = opened();
    begin_full(*d, "csv");
    apply(*d, {{named("1", "030 5550000"), named("2", "+1 415 555 0101")}, {}, "c1", true});
    EXPECT_EQ(who(*d, "+49305550000"), "1");
  }
  auto d = opened();
  EXPECT_EQ(who(*d, "0049 30 5550000"), "1");
  EXPECT_EQ(who(*d, "+14155550101"), "2");
  EXPECT_EQ(cursor(*d, "csv"), "c1");
  auto const s = d->status();
  EXPECT_EQ(s.source, "csv");
  EXPECT_EQ(s.partners, 2U);
  ASSERT_TRUE(s.refreshed_at);
  EXPECT_FALSE(s.stale);
}

TEST_F(directory_in_a_folder, a_change_of_one_partner_leaves_the_others) {
  auto d = opened();
  begin_full(*d, "csv");
  apply(*d, {{named("1", "+49305550001"), named("2", "+49305550002")}, {}, "c1", true});
  auto const before = d->version();
  auto const done = apply(*d, {{named("1", "+49305550003")}, {"2", "7"}, "c2", true});
  EXPECT_EQ(done.put, 1U);
  EXPECT_EQ(done.deleted, 1U);
  EXPECT_NE(d->version(), before);
  EXPECT_EQ(who(*d, "+49305550001"), "");
  EXPECT_EQ(who(*d, "+49305550003"), "1");
  EXPECT_EQ(who(*d, "+49305550002"), "");
  EXPECT_EQ(who(*opened(), "+49305550003"), "1") << "as the file has it";
}

TEST_F(directory_in_a_folder, a_full_run_is_seen_only_when_it_is_done) {
  auto d = opened();
  begin_full(*d, "csv");
  apply(*d, {{named("1", "+49305550001")}, {}, "c1", true});
  begin_full(*d, "odoo main");
  apply(*d, {{named("2", "+49305550002")}, {}, "c2", false});
  EXPECT_EQ(who(*d, "+49305550001"), "1");
  EXPECT_EQ(who(*d, "+49305550002"), "");
  EXPECT_EQ(d->status().filling, 1U);
  EXPECT_EQ(d->status().source, "csv");
  EXPECT_EQ(cursor(*d, "csv"), "c1");
  apply(*d, {{named("3", "+49305550003")}, {}, "c3", true});
  EXPECT_EQ(who(*d, "+49305550001"), "") << "whoever was not mentioned is gone";
  EXPECT_EQ(who(*d, "+49305550002"), "2");
  EXPECT_EQ(who(*d, "+49305550003"), "3");
  EXPECT_FALSE(d->status().filling);
  EXPECT_EQ(cursor(*d, "odoo main"), "c3");
}

TEST_F(directory_in_a_folder, a_full_run_that_breaks_off_leaves_all_as_it_was) {
  {
    auto d = opened();
    begin_full(*d, "csv");
    apply(*d, {{named("1", "+49305550001")}, {}, "c1", true});
    begin_full(*d, "csv");
    apply(*d, {{named("1", "+49305550009"), named("2", "+49305550002")}, {}, "c2", false});
  }
  auto d = opened();
  EXPECT_EQ(who(*d, "+49305550001"), "1");
  EXPECT_EQ(who(*d, "+49305550002"), "");
  EXPECT_EQ(cursor(*d, "csv"), "c1");
  begin_full(*d, "csv");
  apply(*d, {{}, {}, "c3", true});
  EXPECT_EQ(d->status().partners, 0U) << "nothing of the broken run is left";
}

TEST_F(directory_in_a_folder, another_source_or_region_asks_for_a_full_run) {
  auto d = opened("DE");
  begin_full(*d, "csv");
  apply(*d, {{named("1", "030 5550001")}, {}, "c1", true});
  EXPECT_EQ(cursor(*d, "odoo main"), "");
  EXPECT_EQ(cursor(*opened("US"), "csv"), "");
  EXPECT_EQ(cursor(*opened("DE"), "csv"), "c1");
}

TEST_F(directory_in_a_folder, who_works_there_is_kept_for_their_source_alone) {
  auto const users_of = [this](directory& d, std::string source) {
    return wait<std::string>([&](auto f) { d.kept_users(std::move(source), std::move(f)); })
        .value();
  };
  auto d = opened();
  EXPECT_EQ(users_of(*d, "odoo"), "");
  EXPECT_TRUE(wait<void>([&](auto f) { d->keep_users("odoo", "anna", std::move(f)); }));
  EXPECT_TRUE(wait<void>([&](auto f) { d->keep_users("odoo", "anna, boris", std::move(f)); }));
  auto after = opened();
  EXPECT_EQ(users_of(*after, "odoo"), "anna, boris");
  EXPECT_EQ(users_of(*after, "another"), "");
}

TEST_F(directory_in_a_folder, unreadable_numbers_are_counted_and_their_partners_kept) {
  auto d = opened();
  begin_full(*d, "csv");
  auto p = named("1", "101");
  p.numbers.push_back("030 5550001");
  p.numbers.push_back("anonymous");
  EXPECT_EQ(apply(*d, {{p}, {}, "", true}).unreadable, 2U);
  EXPECT_EQ(who(*d, "030 5550001"), "1");
  EXPECT_EQ(who(*d, "101"), "no key");
}

TEST_F(directory_in_a_folder, a_partner_without_an_id_is_refused_and_nothing_is_changed) {
  auto d = opened();
  begin_full(*d, "csv");
  apply(*d, {{named("1", "+49305550001")}, {}, "c1", true});
  changes step{{named("2", "+49305550002"), named("", "+49305550003", "Who")}, {}, "c2", true};
  auto const done = wait<applied>([&](auto f) { d->apply(std::move(step), std::move(f)); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, error_kind::invalid);
  EXPECT_THAT(done.error().message, HasSubstr("Who"));
  EXPECT_EQ(who(*d, "+49305550002"), "");
  EXPECT_EQ(cursor(*d, "csv"), "c1");
}

TEST_F(directory_in_a_folder, a_damaged_file_is_told_and_left_as_it_is) {
  std::string const text(200, 'x');
  std::ofstream(file()) << text;
  auto d = made();
  auto const ok = wait<void>([&](auto done) { d->open(std::move(done)); });
  ASSERT_FALSE(ok);
  EXPECT_THAT(ok.error().message, HasSubstr("d.sqlite"));
  auto const done = wait<applied>([&](auto f) { d->apply({}, std::move(f)); });
  EXPECT_FALSE(done);
  std::string kept;
  std::getline(std::ifstream(file()) >> std::ws, kept);
  EXPECT_EQ(kept, text);
  EXPECT_EQ(d->status().partners, 0U);
}

TEST_F(directory_in_a_folder, the_age_and_the_last_error_are_told) {
  auto d = opened();
  EXPECT_TRUE(d->status().stale) << "never filled";
  d->note_error("odoo main: offline: connection refused");
  EXPECT_EQ(d->status().last_error, "odoo main: offline: connection refused");
  begin_full(*d, "odoo main");
  apply(*d, {{}, {}, "c", true});
  EXPECT_EQ(d->status().last_error, "");
  EXPECT_FALSE(directory::create(loop_.get_executor(), {}, logger{})->status().refreshed_at);
}

TEST_F(directory_in_a_folder, readers_on_other_threads_go_on_while_snapshots_are_swapped) {
  auto d = opened();
  begin_full(*d, "csv");
  apply(*d, {{named("1", "+49305550001", "0"), named("2", "+49305550002")}, {}, "", true});
  std::atomic<bool> end{false};
  std::atomic<int> last{0}, wrong{0};
  std::thread reading([&] {
    directory_reader reader(d);
    int seen = 0;
    while (!end) {
      auto const r = reader.lookup({49305550001});
      int const name = std::atoi(std::string(r.partner.name()).c_str());
      if (name < seen || reader.lookup({49305550002}).partner.id() != "2") ++wrong;
      seen = name;
      last = name;
    }
  });
  for (int i = 1; i <= 50; ++i)
    apply(*d, {{named("1", "+49305550001", std::to_string(i))}, {}, "", true});
  while (last != 50) std::this_thread::yield();
  end = true;
  reading.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(directory_in_a_folder, a_replaced_snapshot_is_freed_by_the_writer_once_no_reader_has_it) {
  auto d = opened();
  begin_full(*d, "csv");
  apply(*d, {{named("1", "+49305550001")}, {}, "", true});
  directory_reader reader(d);
  EXPECT_EQ(reader.lookup({49305550001}).partner.id(), "1");
  std::weak_ptr<snapshot const> const old = d->current();
  begin_full(*d, "csv");
  apply(*d, {{named("2", "+49305550001")}, {}, "", true});
  EXPECT_FALSE(old.expired()) << "the reader has it";
  EXPECT_EQ(reader.lookup({49305550001}).partner.id(), "2");
  EXPECT_FALSE(old.expired()) << "freeing it is the writer's";
  loop_.restart();
  loop_.run();
  EXPECT_TRUE(old.expired());
}

TEST_F(directory_in_a_folder, a_file_of_a_newer_calluna_is_told_and_left_as_it_is) {
  opened();
  ASSERT_TRUE(store::database::open(file())->set_version(99));
  auto d = made();
  auto const ok = wait<void>([&](auto done) { d->open(std::move(done)); });
  ASSERT_FALSE(ok);
  EXPECT_EQ(ok.error().kind, error_kind::invalid);
  EXPECT_THAT(ok.error().message, HasSubstr("newer Calluna (schema 99"));
  EXPECT_EQ(store::database::open(file())->version().value(), 99);
}

TEST_F(directory_in_a_folder, a_file_damaged_in_the_middle_is_told_and_left_as_it_is) {
  {
    auto d = opened();
    begin_full(*d, "csv");
    changes all;
    for (int i = 0; i < 2000; ++i)
      all.upserts.push_back(named(std::to_string(i), "+4930555" + std::to_string(10000 + i)));
    apply(*d, std::move(all));
  }
  auto const size = fs::file_size(file());
  fs::resize_file(file(), size / 2);
  auto d = made();
  auto const ok = wait<void>([&](auto done) { d->open(std::move(done)); });
  ASSERT_FALSE(ok) << "half of the partners must not pass for all of them";
  EXPECT_EQ(ok.error().kind, error_kind::protocol);
  EXPECT_THAT(ok.error().message, HasSubstr("d.sqlite"));
  EXPECT_EQ(d->status().partners, 0U);
}

/// A random talk of full runs and changes, against a map; now and then the process "crashes".
TEST_F(directory_in_a_folder, any_sequence_of_steps_gives_what_a_plain_map_gives) {
  std::mt19937 random(11);
  std::map<std::string, std::string> served, gathered;  // id -> number
  bool gathering = false;
  auto d = opened();
  for (int step = 0; step < 300; ++step) {
    if (random() % 10 == 0) {
      d.reset();
      d = opened();
      gathering = false;
    }
    if (random() % 8 == 0) {
      begin_full(*d, "csv");
      gathering = true;
      gathered.clear();
    }
    auto& model = gathering ? gathered : served;
    changes told;
    told.done = random() % 3 != 0;
    for (auto n = random() % 5; n > 0; --n) {
      auto const id = std::to_string(random() % 12);
      auto const number = "+493055500" + std::to_string(10 + random() % 6);
      told.upserts.push_back(named(id, number));
      model[id] = number;
    }
    if (random() % 2 == 0) {
      told.deletes.push_back(std::to_string(random() % 12));
      model.erase(told.deletes.back());
    }
    bool const done = told.done;
    apply(*d, std::move(told));
    if (gathering && done) {
      served = gathered;
      gathering = false;
    }
    auto const now = d->current();
    ASSERT_EQ(now->partners(), served.size()) << step;
    for (auto const& [id, number] : served) {
      auto const found = now->get(id).numbers();
      ASSERT_EQ(found.size(), 1U) << step;
      ASSERT_EQ(found.front(), number) << step;
    }
    for (std::uint64_t n = 10; n < 16; ++n) {
      std::size_t count = 0, wanted = 0;
      now->find({493055500 * 100ULL + n}, [&](record const&) { ++count; });
      for (auto const& one : served)
        wanted += one.second == "+493055500" + std::to_string(n) ? 1 : 0;
      ASSERT_EQ(count, wanted) << step;
    }
  }
}

TEST(directory_reader, without_a_directory_it_knows_nobody) {
  directory_reader reader(nullptr);
  EXPECT_TRUE(reader.lookup({49305550001}).partner.bytes().empty());
}

}  // namespace
}  // namespace calluna::directory
