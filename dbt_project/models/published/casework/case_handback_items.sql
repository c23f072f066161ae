with items as (
    select * from {{ ref('fct_handback_item') }}
),

final as (
    select
        item_id,
        bureau,
        feed_id,
        batch_id,
        file_name,
        sheet,
        row_number,
        rule,
        column_name,
        header,
        masked_value,
        times_sent_count,
        item_status_code as status,
        first_seen_date,
        last_seen_date,
        due_date,
        households_count,
        amount_yuan
    from items
)

select * from final
