with source as (
    select * from {{ source('lake', 'data_steward__identity_links') }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by decision_id order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        decision_id,
        subject_key,
        person_key,
        -- dates
        decided_at,
        -- categories
        link_decision_code,
        reason,
        decided_by,
        -- amounts
        match_score,
        -- provenance
        _period_end,
        '' as _corrections
    from latest
)

select * from renamed
