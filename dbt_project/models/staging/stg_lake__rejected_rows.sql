-- Of every batch that came, in force or not. Duplicates, footers and test rows (severity info) are nothing to hand back.
with source as (
    select * from {{ source('lake', 'every_quarantined_row') }}
),

renamed as (
    select
        -- ids
        _feed as feed_id,
        _batch_id as batch_id,
        _row_number as row_number,
        hint_head_key,
        hint_tail_key,
        {{ json_text('context', 'household_id_civil_affairs') }} as household_id_civil_affairs,
        -- What stays the same when a bureau sends the record again: the number as written, else name and half a number, else
        -- what the row says beside the fault.
        coalesce(written_key, hint_head_key || '|' || hint_tail_key, hint_head_key, hint_tail_key, context, masked_value, '')
            as record_key,
        -- categories
        rule,
        coalesce(column_name, '') as column_name,
        coalesce(masked_value, '') as masked_value,
        -- amounts
        try_cast({{ json_text('context', 'due_yuan') }} as decimal(14, 2)) as due_yuan
    from source
    where severity <> 'info'
)

select * from renamed
