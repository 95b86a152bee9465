/* What a shell shows at its prompt: 0xff begins the prompt, 0xfe ends it, 0xfd with a byte is another width, 0xfc ends
 * the line; every other byte is shown. */
#include "relay/row.c"

static void check(const struct row *row)
{
	char text[4 * ROWS_MAX * COLUMNS_MAX];
	struct buffer line = buffer_in(text, sizeof text);
	if (row->cursor.line < 0 || row->cursor.line >= ROWS_MAX || row->cursor.column < 0 ||
	    row->cursor.column >= COLUMNS_MAX || (row->following && row->cursor.column >= row->columns))
		abort();
	if (typed_line(row, &line) && line.full)
		abort();
	if (free_columns(row) < 0 || free_columns(row) >= COLUMNS_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct row row;
	memset(&row, 0, sizeof row);
	resize_row(&row, 20);
	follow(&row, (const char *)data, size);
	for (size_t at = 0; at < size; at++) {
		if (data[at] == 0xff)
			begin_prompt(&row);
		else if (data[at] == 0xfe)
			end_prompt(&row);
		else if (data[at] == 0xfc)
			end_line(&row);
		else if (data[at] == 0xfd && at + 1 < size)
			resize_row(&row, data[++at] * 3);
		else
			follow(&row, (const char *)data + at, 1);
		check(&row);
	}
	return 0;
}
