with refusals as (
    select * from {{ ref('stg_lake__refusals') }}
),

final as (
    select
        feed_id,
        file as file_name,
        period,
        reason as reason_code,
        message,
        remedy,
        sent_at
    from refusals
)

select * from final
