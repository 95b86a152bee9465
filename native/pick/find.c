#include "pick/find.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 2048u
#define DAY 86400

/* Parts of a score beside the points of the match (1000 at best). Measured with bench/pick_lines.py. */
#ifndef PART_TIMES
#define PART_TIMES 260
#define PART_NEW 160
#define PART_HERE 120
#define PART_FAILED 60
#define PART_SHORT 60
#define NEW_LINES 40
#endif

static int log_part(uint64_t value, uint64_t whole, int part)
{
	/* Sixteenths of the binary logarithm; libm would be the only use. */
	int logs[2];
	uint64_t values[2] = {value + 1, whole + 1};
	for (int i = 0; i < 2; i++) {
		int bits = 63 - __builtin_clzll(values[i]);
		uint64_t rest = bits >= 4 ? values[i] >> (bits - 4) : values[i] << (4 - bits);
		logs[i] = 16 * bits + (int)(rest & 15);
	}
	return logs[1] ? part * logs[0] / logs[1] : 0;
}

bool has_failed(uint16_t code)
{
	return code != 0 && code != EXIT_UNKNOWN && code != EXIT_INTERRUPTED && code != EXIT_STOPPED;
}

/* What speaks for a line without regard to the search: the mixture of how often, how lately, where and how it ended. */
static int worth(const struct finding *finding, uint32_t line)
{
	const struct store *store = finding->store;
	uint32_t age = store->count - 1 - line;
	int sum = log_part(times_of(store, line), store->events < 50 ? 50 : store->events, PART_TIMES);
	sum += (int)(PART_NEW * NEW_LINES / (NEW_LINES + age));
	if (finding->here && has_bit(finding->here, line))
		sum += PART_HERE;
	uint16_t code = exit_of(store, line);
	if (has_failed(code))
		sum -= code == 127 ? 2 * PART_FAILED : PART_FAILED;
	return sum;
}

/* An imported line never stands before one of today's that matches as well: its worth ends below what one of today's
 * has at least. */
static int standing(const struct finding *finding, uint32_t line, int worth)
{
	enum { MOST = PART_TIMES + PART_NEW + PART_HERE, LEAST = -2 * PART_FAILED };
	struct use use = use_of(finding->store, line);
	if (use.imported)
		return (worth - MOST) / 2 + LEAST;
	bool today = use.time && (time_t)use.time > finding->now - DAY;
	return today && worth <= LEAST ? LEAST + 1 : worth;
}

static int score_of(const struct finding *finding, uint32_t line, struct bytes text)
{
	if (!finding->search.count)
		return (int)(line & INT32_MAX);
	int points = match_line(&finding->search, text);
	if (!points)
		return 0;
	size_t wanted = 0;
	for (size_t i = 0; i < finding->search.count; i++)
		wanted += finding->search.terms[i].length;
	int covered = wanted >= text.length ? PART_SHORT : (int)(PART_SHORT * wanted / text.length);
	int score = 2000 + points + covered + standing(finding, line, worth(finding, line));
	return score > 0 ? score : 1;
}

static bool worse(struct found a, struct found b)
{
	return a.score != b.score ? a.score < b.score : a.line < b.line;
}

static void sink(struct found *heap, uint32_t count, uint32_t at)
{
	for (;;) {
		uint32_t worst = at, left = 2 * at + 1;
		for (uint32_t child = left; child < left + 2 && child < count; child++)
			if (worse(heap[child], heap[worst]))
				worst = child;
		if (worst == at)
			return;
		struct found kept = heap[at];
		heap[at] = heap[worst];
		heap[worst] = kept;
		at = worst;
	}
}

static void keep_best(struct finding *finding, struct found found)
{
	struct found *heap = finding->best;
	if (finding->count < BEST_MAX) {
		heap[finding->count++] = found;
		if (finding->count == BEST_MAX)
			for (uint32_t at = BEST_MAX / 2; at-- > 0;)
				sink(heap, BEST_MAX, at);
	} else if (worse(heap[0], found)) {
		heap[0] = found;
		sink(heap, BEST_MAX, 0);
	}
	finding->sorted = false;
}

static int better_first(const void *a, const void *b)
{
	const struct found *one = a, *other = b;
	return worse(*one, *other) ? 1 : worse(*other, *one) ? -1 : 0;
}

/* In order, best first; a heap again (worst first) where the search goes on. */
void sort_best(struct finding *finding)
{
	if (!finding->sorted)
		qsort(finding->best, finding->count, sizeof *finding->best, better_first);
	finding->sorted = true;
}

static void make_heap(struct finding *finding)
{
	if (finding->sorted && finding->count == BEST_MAX)
		for (uint32_t at = BEST_MAX / 2; at-- > 0;)
			sink(finding->best, BEST_MAX, at);
	finding->sorted = false;
}

void widen(struct finding *finding)
{
	finding->hits_whole = false;
}

static void start(struct finding *finding)
{
	finding->count = finding->total = finding->read = 0;
	finding->done = finding->sorted = false;
	finding->at = finding->narrowed ? finding->hit_count : finding->store->count;
	finding->hit_count = finding->narrowed ? finding->hit_count : 0;
}

void begin_find(struct finding *finding, struct bytes text)
{
	size_t known = strlen(finding->hits_text);
	if (text.length >= sizeof finding->text)
		text.length = sizeof finding->text - 1;
	memcpy(finding->text, text.data, text.length);
	finding->text[text.length] = '\0';
	read_search(&finding->search, text);
	finding->fuzzy = false;
	finding->narrowed = finding->hits_whole && known && known <= text.length &&
			    memcmp(finding->hits_text, text.data, known) == 0;
	if (!finding->hits)
		finding->hits = malloc(((size_t)finding->store->count + 1) * sizeof *finding->hits);
	finding->hits_whole = false;
	start(finding);
}

bool in_scope(const struct finding *finding, uint32_t line)
{
	const unsigned char *set = finding->sets[finding->scope];
	if (set && !has_bit(set, line))
		return false;
	if (!finding->failed_only)
		return true;
	uint16_t code = exit_of(finding->store, line);
	return has_failed(code) || code == EXIT_INTERRUPTED;
}

static void note_terms(struct search *search, struct bytes text)
{
	for (size_t i = 0; i < search->count; i++)
		if (!search->terms[i].seen && match_term(&search->terms[i], text))
			search->terms[i].seen = true;
}

/* True if a line with these characters may hold a term that none had so far. */
static bool may_hold_unseen(const struct search *search, uint64_t mask)
{
	for (size_t i = 0; i < search->count; i++)
		if (!search->terms[i].seen && (search->terms[i].mask & ~mask) == 0)
			return true;
	return false;
}

static bool all_seen(const struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		if (!search->terms[i].seen)
			return false;
	return true;
}

static void look_at(struct finding *finding, uint32_t line)
{
	uint64_t mask = store_mask(finding->store, line);
	bool candidate = (finding->search.mask & ~mask) == 0;
	if (is_hidden(finding->store, line) || !in_scope(finding, line))
		return;
	if (!candidate && (finding->total || !may_hold_unseen(&finding->search, mask)))
		return;
	struct bytes text = store_text(finding->store, line);
	if (!text.length)
		return;
	int score = candidate ? score_of(finding, line, text) : 0;
	if (!score && finding->search.count) {
		if (!finding->total)
			note_terms(&finding->search, text);
		return;
	}
	keep_best(finding, (struct found){line, score});
	finding->total++;
	if (finding->hits)
		finding->hits[finding->hit_count++] = line;
}

static void look_at_block(struct finding *finding)
{
	uint32_t first = finding->at > BLOCK ? finding->at - BLOCK : 0;
	for (uint32_t line = finding->at; line-- > first;)
		look_at(finding, line);
	release_texts(finding->store, first, finding->at);
	finding->at = first;
}

/* Hits stand newest first: those that match still move to the front. */
static void look_at_hits(struct finding *finding)
{
	uint32_t whole = finding->at;
	if (!finding->read)
		finding->hit_count = 0;
	uint32_t last = whole - finding->read > BLOCK ? finding->read + BLOCK : whole;
	for (; finding->read < last; finding->read++)
		look_at(finding, finding->hits[finding->read]);
}

/* Nothing has all terms: those that no line has may be spread over it; where each is in some line, all of them. */
static bool try_fuzzy(struct finding *finding)
{
	struct search *search = &finding->search;
	bool all = all_seen(search);
	if (finding->total || finding->fuzzy || !search->count)
		return false;
	for (size_t i = 0; i < search->count; i++)
		search->terms[i].fuzzy = all || !search->terms[i].seen;
	finding->fuzzy = true;
	finding->narrowed = false;
	start(finding);
	return true;
}

static long elapsed(const struct timespec *since)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000000 + (now.tv_nsec - since->tv_nsec) / 1000;
}

static void end_find(struct finding *finding)
{
	if (finding->narrowed && !finding->total) { /* the hits know nothing of terms that match elsewhere */
		finding->narrowed = false;
		start(finding);
		return;
	}
	if (try_fuzzy(finding))
		return;
	finding->done = true;
	finding->hits_whole = finding->hits && !finding->fuzzy && finding->search.count;
	memcpy(finding->hits_text, finding->text, sizeof finding->hits_text);
}

bool find_some(struct finding *finding, long microseconds)
{
	struct timespec begun;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	make_heap(finding);
	while (!finding->done) {
		if (finding->narrowed)
			look_at_hits(finding);
		else
			look_at_block(finding);
		if (finding->narrowed ? finding->read >= finding->at : finding->at == 0)
			end_find(finding);
		if (elapsed(&begun) >= microseconds)
			break;
	}
	return finding->done;
}
